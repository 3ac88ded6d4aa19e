#pragma once

#include <utility>

#include "fastapi/http/form_data.hpp"
#include "fastapi/http/multipart.hpp"
#include "fastapi/http/request_stream.ipp"
#include "fastapi/http/response.hpp"
#include "fastapi/version.hpp"

namespace fastapi {

FASTAPI_INLINE const FormItem* ReceivedForm::find(std::string_view name) const {
    for (std::size_t i = items.size(); i > 0; --i)
        if (items[i - 1].name == name) return &items[i - 1];
    return nullptr;
}
FASTAPI_INLINE const std::string* ReceivedForm::text(std::string_view name) const {
    const FormItem* item = find(name);
    return item && !item->is_file ? &item->text : nullptr;
}
FASTAPI_INLINE const UploadFile* ReceivedForm::file(std::string_view name) const {
    const FormItem* item = find(name);
    return item && item->is_file ? &item->file : nullptr;
}

namespace detail {

// Makes a form of its pieces.
class FormReader final : public RequestForm, public MultipartEvents {
  public:
    explicit FormReader(std::string_view content_type)
        : RequestForm{[](RequestForm* self) { delete static_cast<FormReader*>(self); }}, parser_({}) {
        HeaderParameters parameters(content_type);
        multipart_ = parameters.value == "multipart/form-data";
        wanted_ = multipart_ || parameters.value == "application/x-www-form-urlencoded";
        if (multipart_) begin_multipart(parameters);
    }

    ReceivedForm data;
    int status = 0; // of an answer instead; 0: the form is good
    const char* problem = nullptr;

    bool feed(std::string_view piece) {
        if (!wanted_) return false;
        const char* wrong = multipart_ ? parser_.feed(piece, *this) : feed_urlencoded(piece);
        if (wrong) fail(400, wrong);
        return wanted_;
    }
    void end() {
        if (wanted_ && in_field_) {
            const char* wrong = end_field();
            if (wrong) fail(400, wrong);
        }
        wanted_ = false;
        part_ = {};
    }
    void fail(int with, const char* why) {
        status = with;
        problem = why;
        wanted_ = false;
        data.items.clear();
        part_ = {};
    }

    // --- multipart
    void begin_part() override {
        part_ = {};
        disposition_.clear();
    }
    void add_header(std::string_view name, std::string_view value) override {
        std::string lower = lower_case(name);
        if (lower == "content-disposition") disposition_ = value;
        part_.file.headers.append_trusted(lower, latin1_to_utf8(value));
    }
    const char* end_headers() override {
        HeaderParameters parameters(disposition_);
        bool named = false;
        std::string filename;
        for (std::string name, value; parameters.next(name, value);) {
            if (name == "name") {
                named = true;
                part_.name = part_text(value, utf8_);
            } else if (name == "filename") {
                part_.is_file = true;
                filename = part_text(value, utf8_);
            }
        }
        if (!named) return "The Content-Disposition header field \"name\" must be provided.";
        if (!part_.is_file) return ++fields_ > max_form_fields ? "Too many fields. Maximum number of fields is 1000." : nullptr;
        if (++files_ > max_form_files) return "Too many files. Maximum number of files is 1000.";
        UploadFile& file = part_.file;
        file.filename = std::move(filename);
        file.content_type = file.headers.get("content-type");
        file.write({}); // it has a content, which all copies share
        return nullptr;
    }
    const char* add_data(std::string_view piece) override {
        if (part_.is_file) {
            part_.file.write(piece);
        } else {
            if (part_.text.size() + piece.size() > max_form_field_size) return "Part exceeded maximum size of 1024KB.";
            part_.text += piece;
        }
        return nullptr;
    }
    void end_part() override {
        if (part_.is_file) {
            part_.file.seek(0);
        } else {
            if (!utf8_ || !is_valid_utf8(part_.text)) part_.text = latin1_to_utf8(part_.text);
            part_.file = {};
        }
        data.items.push_back(std::move(part_));
        part_ = {};
    }

  private:
    void begin_multipart(HeaderParameters& parameters) {
        bool bounded = false;
        for (std::string name, value; parameters.next(name, value);) {
            if (name == "boundary") {
                bounded = true;
                parser_ = MultipartParser(value);
            } else if (name == "charset") {
                utf8_ = names_utf8(value);
            }
        }
        if (!bounded) return fail(400, "Missing boundary in multipart.");
        if (const char* wrong = parser_.feed({}, *this)) fail(400, wrong);
    }
    // Python's names of UTF-8. Any other character set is taken for latin-1.
    static bool names_utf8(std::string_view charset) {
        std::string plain = lower_case(charset);
        for (char& c : plain)
            if (c == '_' || c == ' ') c = '-';
        return plain == "utf-8" || plain == "utf8" || plain == "u8" || plain == "utf";
    }

    // --- urlencoded
    const char* feed_urlencoded(std::string_view piece) {
        while (!piece.empty()) {
            std::size_t end = piece.find('&');
            std::string_view text = piece.substr(0, end);
            bool ends = end != std::string_view::npos;
            piece.remove_prefix(ends ? end + 1 : piece.size());
            if (!text.empty()) {
                in_field_ = true;
                std::size_t equals = in_value_ ? std::string_view::npos : text.find('=');
                if (equals != std::string_view::npos) {
                    name_ += text.substr(0, equals);
                    text.remove_prefix(equals + 1);
                    in_value_ = true;
                }
                (in_value_ ? value_ : name_) += text;
                if (name_.size() + value_.size() > max_form_field_size) return "Field exceeded maximum size of 1024KB.";
            }
            if (!ends || !in_field_) continue;
            if (const char* wrong = end_field()) return wrong;
        }
        return nullptr;
    }
    const char* end_field() {
        if (++fields_ > max_form_fields) return "Too many fields. Maximum number of fields is 1000.";
        FormItem item;
        item.name = decode_form_text(name_);
        item.text = decode_form_text(value_);
        data.items.push_back(std::move(item));
        name_.clear();
        value_.clear();
        in_field_ = in_value_ = false;
        return nullptr;
    }

    bool multipart_ = false;
    bool wanted_ = false; // more of the body
    bool utf8_ = true;
    std::size_t files_ = 0;
    std::size_t fields_ = 0;
    MultipartParser parser_;
    FormItem part_; // the one that is being read
    std::string disposition_;
    std::string name_; // of the field that is being read
    std::string value_;
    bool in_field_ = false;
    bool in_value_ = false;
};

FASTAPI_INLINE FormReader& reader_of(Request& request) { return *static_cast<FormReader*>(request.received_form.get()); }

FASTAPI_INLINE void begin_form(Request& request) {
    request.received_form = Disposed<RequestForm>(new FormReader(request.headers.get("content-type", "")));
}
FASTAPI_INLINE bool feed_form(Request& request, std::string_view piece) { return reader_of(request).feed(piece); }
FASTAPI_INLINE void fail_form(Request& request, int status) { reader_of(request).fail(status, nullptr); }

FASTAPI_INLINE void load_form(Request& request, std::size_t most) {
    if (!request.received_form) {
        if (!request.body_source && request.body.size() > most) throw HTTPException(413);
        begin_form(request);
        FormReader& reader = reader_of(request);
        if (reader.feed({}))
            for (std::string_view piece; next_piece(request, piece, true) == BodySource::Next::piece;)
                if (!reader.feed(piece)) break;
        request.body = {};
    }
    FormReader& reader = reader_of(request);
    reader.end();
    if (reader.status) throw HTTPException(reader.status, reader.problem ? json(std::string(reader.problem)) : json());
}

FASTAPI_INLINE const ReceivedForm& form_of(Request& request) {
    load_form(request, static_cast<std::size_t>(-1));
    return reader_of(request).data;
}

FASTAPI_INLINE const UploadFile* find_upload(const Value& value, const Context& context) {
    if (!context.form || !value.is_object()) return nullptr;
    const ReceivedForm& form = *static_cast<const ReceivedForm*>(context.form->data);
    Value place = value.find("file");
    auto index = place.is_integer() ? parse_unsigned(place.number_text()) : std::nullopt;
    if (!index || *index >= form.size()) return nullptr;
    const FormItem& item = form.items[static_cast<std::size_t>(*index)];
    return item.is_file ? &item.file : nullptr;
}

} // namespace detail

FASTAPI_COLD const ReceivedForm& Request::form() { return detail::form_of(*this); }

} // namespace fastapi
