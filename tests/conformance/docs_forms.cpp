// Ports of FastAPI's documented examples about forms and files, and of its own tests of them.

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "conformance.hpp"

using namespace fastapi;
using std::optional;
using std::string;
using std::vector;

namespace conformance {

namespace {

namespace request_forms_tutorial001 {
json login(Form<string, "username"> username, Form<string, "password">) { return {{"username", username}}; }
void setup(FastAPI& app) { app.post<login>("/login/"); }
} // namespace request_forms_tutorial001

namespace request_form_models_tutorial001 {
struct FormData {
    string username;
    string password;
};
json login(Form<FormData> data) { return *data; }
void setup(FastAPI& app) { app.post<login>("/login/"); }
} // namespace request_form_models_tutorial001

namespace request_form_models_tutorial002 {
struct FormData {
    static constexpr ModelConfig model_config{.extra = Extra::forbid};
    string username;
    string password;
};
json login(Form<FormData> data) { return *data; }
void setup(FastAPI& app) { app.post<login>("/login/"); }
} // namespace request_form_models_tutorial002

namespace request_files_tutorial001 {
json create_file(File<Bytes, "file"> file) { return {{"file_size", file->size()}}; }
json create_upload_file(File<UploadFile, "file"> file) { return {{"filename", file->filename}}; }
void setup(FastAPI& app) {
    app.post<create_file>("/files/");
    app.post<create_upload_file>("/uploadfile/");
}
} // namespace request_files_tutorial001

namespace request_files_tutorial001_02 {
json create_file(File<optional<Bytes>, "file"> file) {
    if (!*file || (*file)->empty()) return {{"message", "No file sent"}};
    return {{"file_size", (*file)->size()}};
}
json create_upload_file(File<optional<UploadFile>, "file"> file) {
    if (!*file) return {{"message", "No upload file sent"}};
    return {{"filename", (*file)->filename}};
}
void setup(FastAPI& app) {
    app.post<create_file>("/files/");
    app.post<create_upload_file>("/uploadfile/");
}
} // namespace request_files_tutorial001_02

namespace request_files_tutorial001_03 {
json create_file(File<Bytes, "file", Description("A file read as bytes")> file) { return {{"file_size", file->size()}}; }
json create_upload_file(File<UploadFile, "file", Description("A file read as UploadFile")> file) { return {{"filename", file->filename}}; }
void setup(FastAPI& app) {
    app.post<create_file>("/files/");
    app.post<create_upload_file>("/uploadfile/");
}
} // namespace request_files_tutorial001_03

json sizes_of(const vector<Bytes>& files) {
    json sizes = json::array();
    for (const Bytes& file : files) sizes.push_back(file.size());
    return sizes;
}
json names_of(const vector<UploadFile>& files) {
    json names = json::array();
    for (const UploadFile& file : files) names.push_back(file.filename);
    return names;
}
HTMLResponse page_of_forms() {
    return HTMLResponse(R"(
<body>
<form action="/files/" enctype="multipart/form-data" method="post">
<input name="files" type="file" multiple>
<input type="submit">
</form>
<form action="/uploadfiles/" enctype="multipart/form-data" method="post">
<input name="files" type="file" multiple>
<input type="submit">
</form>
</body>
    )");
}

namespace request_files_tutorial002 {
json create_files(File<vector<Bytes>, "files"> files) { return {{"file_sizes", sizes_of(*files)}}; }
json create_upload_files(File<vector<UploadFile>, "files"> files) { return {{"filenames", names_of(*files)}}; }
Response main_() { return page_of_forms(); }
void setup(FastAPI& app) {
    app.post<create_files>("/files/");
    app.post<create_upload_files>("/uploadfiles/");
    app.get<main_>("/", {.name = "main"});
}
} // namespace request_files_tutorial002

namespace request_files_tutorial003 {
json create_files(File<vector<Bytes>, "files", Description("Multiple files as bytes")> files) { return {{"file_sizes", sizes_of(*files)}}; }
json create_upload_files(File<vector<UploadFile>, "files", Description("Multiple files as UploadFile")> files) {
    return {{"filenames", names_of(*files)}};
}
void setup(FastAPI& app) {
    app.post<create_files>("/files/");
    app.post<create_upload_files>("/uploadfiles/");
    app.get<request_files_tutorial002::main_>("/", {.name = "main"});
}
} // namespace request_files_tutorial003

namespace request_forms_and_files_tutorial001 {
json create_file(File<Bytes, "file"> file, File<UploadFile, "fileb"> fileb, Form<string, "token"> token) {
    return {{"file_size", file->size()}, {"token", token}, {"fileb_content_type", fileb->content_type}};
}
void setup(FastAPI& app) { app.post<create_file>("/files/"); }
} // namespace request_forms_and_files_tutorial001

namespace security_tutorial003 {
struct User {
    string username;
    optional<string> email;
    optional<string> full_name;
    optional<bool> disabled;
};
struct UserInDB {
    Flatten<User> user;
    string hashed_password;
};
const UserInDB fake_users[] = {
    {{{"johndoe", "johndoe@example.com", "John Doe", false}}, "fakehashedsecret"},
    {{{"alice", "alice@example.com", "Alice Wonderson", true}}, "fakehashedsecret2"},
};
const UserInDB* find_user(const string& username) {
    for (const UserInDB& user : fake_users)
        if (user.user->username == username) return &user;
    return nullptr;
}
inline constexpr OAuth2PasswordBearer<"token"> oauth2_scheme;
const UserInDB& get_current_user(Depends<oauth2_scheme> token) {
    if (const UserInDB* user = find_user(*token)) return *user;
    throw HTTPException(401, "Not authenticated", {{"WWW-Authenticate", "Bearer"}});
}
const UserInDB& get_current_active_user(Depends<get_current_user> current_user) {
    if (current_user->user->disabled.value_or(false)) throw HTTPException(400, "Inactive user");
    return *current_user;
}
json login(Depends<instance_of<OAuth2PasswordRequestForm>> form_data) {
    const UserInDB* user = find_user(form_data->username);
    if (!user || "fakehashed" + form_data->password != user->hashed_password) throw HTTPException(400, "Incorrect username or password");
    return {{"access_token", user->user->username}, {"token_type", "bearer"}};
}
json read_users_me(Depends<get_current_active_user> current_user) { return *current_user; }
void setup(FastAPI& app) {
    app.post<login>("/token");
    app.get<read_users_me>("/users/me");
}
} // namespace security_tutorial003

// --- FastAPI's tests ------------------------------------------------------------------------------------------------------------

namespace form_default {
json post_url_encoded(Form<optional<int>, "age"> age) { return *age; }
json post_multi_part(Form<optional<int>, "age"> age, File<optional<Bytes>, "file"> file) {
    return {{"file", *file ? json((*file)->str()) : json()}, {"age", *age}};
}
void setup(FastAPI& app) {
    app.post<post_url_encoded>("/urlencoded");
    app.post<post_multi_part>("/multipart");
}
} // namespace form_default

namespace forms_single_param {
json post_form(Form<string, "username"> username) { return *username; }
void setup(FastAPI& app) { app.post<post_form>("/form/"); }
} // namespace forms_single_param

namespace forms_from_non_typing_sequences {
json post_form_param_list(Form<vector<json>, "items"> items) { return *items; }
json post_form_param_set(Form<std::set<string>, "items"> items) { return *items; }
json post_form_param_tuple(Form<vector<json>, "items"> items) { return *items; }
void setup(FastAPI& app) {
    app.post<post_form_param_list>("/form/python-list");
    app.post<post_form_param_set>("/form/python-set");
    app.post<post_form_param_tuple>("/form/python-tuple");
}
} // namespace forms_from_non_typing_sequences

namespace file_and_form_order {
json contents_of(const vector<Bytes>& files) {
    json contents = json::array();
    for (const Bytes& file : files) contents.push_back(file.str());
    return contents;
}
json file_before_form(File<Bytes, "file"> file, Form<string, "city"> city) { return {{"file_content", file->str()}, {"city", city}}; }
json file_after_form(Form<string, "city"> city, File<Bytes, "file"> file) { return {{"file_content", file->str()}, {"city", city}}; }
json file_list_before_form(File<vector<Bytes>, "files"> files, Form<string, "city"> city) {
    return {{"file_contents", contents_of(*files)}, {"city", city}};
}
json file_list_after_form(Form<string, "city"> city, File<vector<Bytes>, "files"> files) {
    return {{"file_contents", contents_of(*files)}, {"city", city}};
}
void setup(FastAPI& app) {
    app.post<file_before_form>("/file_before_form");
    app.post<file_after_form>("/file_after_form");
    app.post<file_list_before_form>("/file_list_before_form");
    app.post<file_list_after_form>("/file_list_after_form");
}
} // namespace file_and_form_order

namespace optional_file_list {
json upload_files(File<optional<vector<Bytes>>, "files"> files) {
    if (!*files) return {{"files_count", 0}};
    return {{"files_count", (*files)->size()}, {"sizes", sizes_of(**files)}};
}
void setup(FastAPI& app) { app.post<upload_files>("/files"); }
} // namespace optional_file_list

namespace union_forms {
struct UserForm {
    string name;
    string email;
};
struct CompanyForm {
    string company_name;
    string industry;
};
json post_union_form(Form<std::variant<UserForm, CompanyForm>, "data"> data) {
    return {{"received", std::visit([](const auto& form) { return json(form); }, *data)}};
}
void setup(FastAPI& app) { app.post<post_union_form>("/form-union/"); }
} // namespace union_forms

namespace security_oauth2_optional {
inline constexpr OAuth2<PasswordFlow("token"), Scope("read:users", "Read the users"), Scope("write:users", "Create users"), NoAutoError>
    reusable_oauth2;
struct User {
    string username;
};
optional<User> get_current_user(Security<reusable_oauth2> oauth_header) {
    if (!*oauth_header) return {};
    return User{**oauth_header};
}
json login(Depends<instance_of<OAuth2PasswordRequestFormStrict>> form) {
    return {{"grant_type", form->grant_type}, {"username", form->username},   {"password", form->password},
            {"scopes", form->scopes},         {"client_id", form->client_id}, {"client_secret", form->client_secret}};
}
json read_users_me(Depends<get_current_user> current_user) {
    if (!*current_user) return {{"msg", "Create an account first"}};
    return **current_user;
}
void setup(FastAPI& app) {
    app.post<login>("/login");
    app.get<read_users_me>("/users/me");
}
} // namespace security_oauth2_optional

namespace upload_file_is_closed {
json create_upload_file(File<UploadFile, "file"> file) { return {{"filename", file->filename}}; }
void setup(FastAPI& app) { app.post<create_upload_file>("/uploadfile/"); }
} // namespace upload_file_is_closed

namespace list_bytes_file_order {
json upload(File<vector<Bytes>, "files"> files) {
    json first = json::array();
    for (const Bytes& file : *files) first.push_back(static_cast<unsigned char>(file.str().at(0)));
    return first;
}
void setup(FastAPI& app) { app.post<upload>("/upload"); }
} // namespace list_bytes_file_order

namespace enforce_once_required_parameter {
string get_client_key(Query<string, "client_id"> client_id) { return *client_id + "_key"; }
optional<string> get_client_tag(Query<optional<string>, "client_id"> client_id) {
    if (!*client_id) return {};
    return **client_id + "_tag";
}
json foo_handler(Depends<get_client_key> client_key, Depends<get_client_tag> client_tag) {
    return {{"client_id", client_key}, {"client_tag", client_tag}};
}
void setup(FastAPI& app) { app.get<foo_handler>("/foo"); }
} // namespace enforce_once_required_parameter

// --- tests/test_request_params: a value, with its two kinds of alias, alone and in a model ------------------------------------------

template <class T, auto... A>
struct Holder {
    Field<T, A...> p;
};
template <class T, auto... A>
void add_form_pair(FastAPI& app, const string& path) {
    app.post(runtime("/" + path), [](Form<T, "p", A...> p) -> json { return {{"p", *p}}; });
    app.post(runtime("/model-" + path), [](Form<Holder<T, A...>> p) -> json { return {{"p", *p->p}}; });
}
// names: the beginning of the paths; plain: the rest of the one without alias.
template <class T>
void add_forms(FastAPI& app, const string& names, const string& plain) {
    add_form_pair<T>(app, names + plain);
    add_form_pair<T, Alias("p_alias")>(app, names + "-alias");
    add_form_pair<T, ValidationAlias("p_val_alias")>(app, names + "-validation-alias");
    add_form_pair<T, Alias("p_alias"), ValidationAlias("p_val_alias")>(app, names + "-alias-and-validation-alias");
}
void form_required_str(FastAPI& app) { add_forms<string>(app, "required", "-str"); }
void form_optional_str(FastAPI& app) { add_forms<optional<string>>(app, "optional", "-str"); }
void form_list(FastAPI& app) { add_forms<vector<string>>(app, "required-list", "-str"); }
void form_optional_list(FastAPI& app) { add_forms<optional<vector<string>>>(app, "optional-list", "-str"); }

json size_of(const Bytes& file) { return file.size(); }
json size_of(const UploadFile& file) { return file.size; }
template <class T>
json size_of(const vector<T>& files) {
    json sizes = json::array();
    for (const T& file : files) sizes.push_back(size_of(file));
    return sizes;
}
template <class T>
json size_of(const optional<T>& file) {
    return file ? size_of(*file) : json();
}
template <class T, auto... A>
void add_file(FastAPI& app, const string& path) {
    app.post(runtime("/" + path), [](File<T, "p", A...> p) -> json { return {{"file_size", size_of(*p)}}; });
}
template <class T>
void add_files(FastAPI& app, const string& name) {
    add_file<T>(app, name);
    add_file<T, Alias("p_alias")>(app, name + "-alias");
    add_file<T, ValidationAlias("p_val_alias")>(app, name + "-validation-alias");
    add_file<T, Alias("p_alias"), ValidationAlias("p_val_alias")>(app, name + "-alias-and-validation-alias");
}
void file_required(FastAPI& app) {
    add_files<Bytes>(app, "required-bytes");
    add_files<UploadFile>(app, "required-uploadfile");
}
void file_optional(FastAPI& app) {
    add_files<optional<Bytes>>(app, "optional-bytes");
    add_files<optional<UploadFile>>(app, "optional-uploadfile");
}
void file_list(FastAPI& app) {
    add_files<vector<Bytes>>(app, "list-bytes");
    add_files<vector<UploadFile>>(app, "list-uploadfile");
}
void file_optional_list(FastAPI& app) {
    add_files<optional<vector<Bytes>>>(app, "optional-list-bytes");
    add_files<optional<vector<UploadFile>>>(app, "optional-list-uploadfile");
}

} // namespace

void add_docs_forms(Ports& ports) {
    ports.push_back({"docs/request_forms/tutorial001", &request_forms_tutorial001::setup});
    ports.push_back({"docs/request_form_models/tutorial001", &request_form_models_tutorial001::setup});
    ports.push_back({"docs/request_form_models/tutorial002", &request_form_models_tutorial002::setup});
    ports.push_back({"docs/request_files/tutorial001", &request_files_tutorial001::setup});
    ports.push_back({"docs/request_files/tutorial001_02", &request_files_tutorial001_02::setup});
    ports.push_back({"docs/request_files/tutorial001_03", &request_files_tutorial001_03::setup});
    ports.push_back({"docs/request_files/tutorial002", &request_files_tutorial002::setup});
    ports.push_back({"docs/request_files/tutorial003", &request_files_tutorial003::setup});
    ports.push_back({"docs/request_forms_and_files/tutorial001", &request_forms_and_files_tutorial001::setup});
    ports.push_back({"docs/security/tutorial003", &security_tutorial003::setup});
    ports.push_back({"tests/test_form_default", &form_default::setup});
    ports.push_back({"tests/test_forms_single_param", &forms_single_param::setup});
    ports.push_back({"tests/test_forms_from_non_typing_sequences", &forms_from_non_typing_sequences::setup});
    ports.push_back({"tests/test_file_and_form_order_issue_9116", &file_and_form_order::setup});
    ports.push_back({"tests/test_optional_file_list", &optional_file_list::setup});
    ports.push_back({"tests/test_union_forms", &union_forms::setup});
    ports.push_back({"tests/test_security_oauth2_optional", &security_oauth2_optional::setup});
    ports.push_back({"tests/test_enforce_once_required_parameter", &enforce_once_required_parameter::setup});
    ports.push_back({"tests/test_request_params/test_form/test_required_str", &form_required_str});
    ports.push_back({"tests/test_request_params/test_form/test_optional_str", &form_optional_str});
    ports.push_back({"tests/test_request_params/test_form/test_list", &form_list});
    ports.push_back({"tests/test_request_params/test_form/test_optional_list", &form_optional_list});
    ports.push_back({"tests/test_request_params/test_file/test_required", &file_required});
    ports.push_back({"tests/test_request_params/test_file/test_optional", &file_optional});
    ports.push_back({"tests/test_request_params/test_file/test_list", &file_list});
    ports.push_back({"tests/test_request_params/test_file/test_optional_list", &file_optional_list});
    ports.push_back({"local/tests/test_datastructures.py::test_upload_file_is_closed#0", &upload_file_is_closed::setup});
    ports.push_back({"local/tests/test_list_bytes_file_order_preserved_issue_14811.py::test_list_bytes_file_preserves_order#0",
                     &list_bytes_file_order::setup});
}

} // namespace conformance
