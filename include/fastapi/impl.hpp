#pragma once

// The ordinary code of the library: in every file that is header-only, in one file in the compiled form.

#include "fastapi/json/document.ipp"
#include "fastapi/json/writer.ipp"
#include "fastapi/model/pattern.ipp"
#include "fastapi/model/errors.ipp"
#include "fastapi/model/describe.ipp"
#include "fastapi/model/decode.ipp"
#include "fastapi/model/encode.ipp"
#include "fastapi/model/schema.ipp"
#include "fastapi/model/model.ipp"
#include "fastapi/http/headers.ipp"
#include "fastapi/http/status.ipp"
#include "fastapi/http/url.ipp"
#include "fastapi/http/request.ipp"
#include "fastapi/http/response.ipp"
#include "fastapi/routing/router.ipp"
#include "fastapi/routing/resolve.ipp"
#include "fastapi/openapi/openapi.ipp"
#include "fastapi/openapi/docs.ipp"
#include "fastapi/app/fastapi.ipp"
#include "fastapi/testing/test_client.ipp"
