// Members that are more than text and numbers.
#include "fastapi.hpp"
using namespace fastapi;
using namespace std::chrono_literals;

// [model]
struct Loan {
    Field<UUID> id = uuid4();
    datetime since;
    date due;
    Field<time_of_day> pick_up = "09:00";
    Field<std::chrono::minutes, Ge(5min)> reminder = 60min;
    Field<Decimal, Ge(0), DecimalPlaces(2)> fee = "0.50";
    EmailStr reader;
};
// [/model]

// [handler]
json lend(const Loan& loan) {
    return {{"loan", loan}, {"remind_at", datetime{loan.due, loan.pick_up} - *loan.reminder}};
}
// [/handler]

int main(int argc, char** argv) {
    FastAPI app;
    app.post<lend>("/loans");
    app.get("/loans/{id}", [](UUID id) { return json{{"id", id.str()}, {"found", false}}; });
    return app.run(argc, argv);
}
