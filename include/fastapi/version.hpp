#pragma once

// The version of fastapi.hpp and the switches that choose how it is built.
// Header-only is the default. In the compiled form one .cpp defines FASTAPI_IMPLEMENTATION before the include and
// every other file defines FASTAPI_COMPILED_LIB: those see declarations and thin templates only.

#define FASTAPI_VERSION_MAJOR 0
#define FASTAPI_VERSION_MINOR 1
#define FASTAPI_VERSION_PATCH 0
#define FASTAPI_VERSION "0.1.0"

// FASTAPI_TLS in every file, and OpenSSL linked (-lssl -lcrypto), gives a header-only program HTTPS; the compiled form has it
// where OpenSSL's headers are, unless FASTAPI_NO_OPENSSL or FASTAPI_NO_TLS is defined. FASTAPI_PORTABLE_SERVER, and cpp-httplib
// linked, gives a program for Linux the portable server as well, in the compiled form too; elsewhere it is the only one.

#if defined(__cplusplus) && __cplusplus < 202002L
#error "fastapi.hpp needs C++20: compile with -std=c++20"
#endif

// FASTAPI_INLINE marks ordinary functions: inline in every file (header-only), or defined once (compiled form).
#if defined(FASTAPI_IMPLEMENTATION)
#define FASTAPI_INLINE
#else
#define FASTAPI_INLINE inline
#endif
// FASTAPI_COLD marks what runs at registration, at start or on the way to an error: compiled for size, which is also
// faster to compile.
#if defined(__GNUC__)
#define FASTAPI_COLD [[gnu::cold]] FASTAPI_INLINE
#else
#define FASTAPI_COLD FASTAPI_INLINE
#endif
