#pragma once

// A form that a client has sent, urlencoded or as multipart/form-data: texts and files by name (wire.md 7).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fastapi/http/request.hpp"
#include "fastapi/http/upload_file.hpp"

namespace fastapi {

struct FormItem {
    std::string name;
    std::string text;   // of what is no file
    bool is_file = false;
    UploadFile file = {};
};

// request.form(): the items in the order in which they came. A name may come several times.
class ReceivedForm {
  public:
    // The last text of a name, and the last file: null when the last item of the name is something else, or there is none.
    [[nodiscard]] const std::string* text(std::string_view name) const;
    [[nodiscard]] const UploadFile* file(std::string_view name) const;
    [[nodiscard]] const FormItem* find(std::string_view name) const; // the last item
    [[nodiscard]] auto begin() const { return items.begin(); }
    [[nodiscard]] auto end() const { return items.end(); }
    [[nodiscard]] std::size_t size() const { return items.size(); }

    std::vector<FormItem> items;
};

namespace detail {

// What a form may hold; Starlette's numbers.
inline constexpr std::size_t max_form_files = 1000;
inline constexpr std::size_t max_form_fields = 1000;
inline constexpr std::size_t max_form_field_size = std::size_t{1} << 20U; // bytes

// The form of a request. Reads it from the body unless that was done; throws HTTPException: 400 for one that is wrong, 413.
const ReceivedForm& form_of(Request& request);

// The file that a value stands for: an object with its place in the form. Null: it stands for none.
const UploadFile* find_upload(const Value& value, const Context& context);

// Begins the form of a request, takes a piece of it, or ends it: when a server reads the body. False: no more pieces are wanted.
void begin_form(Request& request);
bool feed_form(Request& request, std::string_view piece);
void fail_form(Request& request, int status);
void load_form(Request& request, std::size_t most);
// routing/forms.ipp
void take_form(Endpoint& endpoint, const Parameter& parameter);
std::string_view form_media_type(const Endpoint& endpoint);

inline constexpr FormSupport form_support{&begin_form, &feed_form, &fail_form, &load_form, &take_form, &form_media_type};

} // namespace detail

} // namespace fastapi
