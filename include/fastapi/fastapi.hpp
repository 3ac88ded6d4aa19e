#pragma once

// The whole library. tools/amalgamate.py folds this file into the fastapi.hpp at the top of the repository.

#include "fastapi/version.hpp"

#include "fastapi/app/fastapi.hpp"
#include "fastapi/app/api_router.hpp"
#include "fastapi/app/templates.hpp"
#include "fastapi/http/form_data.hpp"
#include "fastapi/http/websocket.hpp"
#include "fastapi/json/adapters.hpp"
#include "fastapi/middleware/cors.hpp"
#include "fastapi/middleware/gzip.hpp"
#include "fastapi/middleware/headers.hpp"
#include "fastapi/middleware/hosts.hpp"
#include "fastapi/middleware/limits.hpp"
#include "fastapi/middleware/observe.hpp"
#include "fastapi/middleware/session.hpp"
#include "fastapi/model/cast.hpp"
#include "fastapi/model/model.hpp"
#include "fastapi/security/jwt.hpp"
#include "fastapi/security/oauth2_form.hpp"
#include "fastapi/security/password.hpp"
#include "fastapi/security/schemes.hpp"
#include "fastapi/server/httplib.hpp"
#include "fastapi/settings/settings.hpp"
#include "fastapi/testing/test_client.hpp"
#include "fastapi/types/bytes.hpp"
#include "fastapi/types/datetime.hpp"
#include "fastapi/types/decimal.hpp"
#include "fastapi/types/duration.hpp"
#include "fastapi/types/email.hpp"
#include "fastapi/types/ip.hpp"
#include "fastapi/types/secret.hpp"
#include "fastapi/types/sizes.hpp"
#include "fastapi/types/url.hpp"
#include "fastapi/types/uuid.hpp"

#if !defined(FASTAPI_NO_SQLITE)
#include "fastapi/app/crud_router.hpp"
#include "fastapi/sql/dependency.hpp"
#include "fastapi/sql/migrations.hpp"
#include "fastapi/sql/order.hpp"
#include "fastapi/sql/page.hpp"
#include "fastapi/sql/repository.hpp"
#include "fastapi/sql/session.hpp"
#else
#include "fastapi/sql/none.hpp"
#endif

#if !defined(FASTAPI_COMPILED_LIB) || defined(FASTAPI_IMPLEMENTATION)
#include "fastapi/impl.hpp"
#endif
