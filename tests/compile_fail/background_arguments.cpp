// expect: fastapi: add_task(function, arguments...): the function cannot be called with copies of these arguments
#include "fastapi.hpp"
using namespace fastapi;

void send(int number);
int main() {
    BackgroundTasks tasks;
    tasks.add_task(send, "text");
}
