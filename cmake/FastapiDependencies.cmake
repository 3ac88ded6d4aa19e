# Finds what fastapi.hpp needs and gives it one name, fastapi::dependencies. Used by this project itself and, installed
# beside fastapiConfig.cmake, by find_package(fastapi).
#
# Each library may come as a target that the including project already has (FetchContent), as a CMake package, or
# through pkg-config. cpp-httplib needs all three: upstream installs a CMake package, Debian a shared library that is
# known to pkg-config only, and without pkg-config's flags its classes have another size.
# Also sets fastapi_pkgconfig_requires: what the .pc files should require.

if(NOT TARGET fastapi::dependencies)
  find_package(PkgConfig QUIET)

  # fastapi_find(<out> <what to say> TARGETS t... PACKAGES p... MODULES m...)
  # <out> becomes the target that was found, or empty. A macro, because find_package sets variables for its caller.
  macro(fastapi_find out)
    cmake_parse_arguments(fastapi_arg "" "" "TARGETS;PACKAGES;MODULES" ${ARGN})
    set(${out} "")
    # FOUND of an earlier look may be cached from another way of finding it, so the targets decide.
    foreach(fastapi_package IN ITEMS "" ${fastapi_arg_PACKAGES})
      if(NOT ${out})
        if(fastapi_package)
          find_package(${fastapi_package} QUIET)
        endif()
        foreach(fastapi_target IN LISTS fastapi_arg_TARGETS)
          if(NOT ${out} AND TARGET ${fastapi_target})
            set(${out} ${fastapi_target})
          endif()
        endforeach()
      endif()
    endforeach()
    if(PkgConfig_FOUND)
      foreach(fastapi_module IN LISTS fastapi_arg_MODULES)
        pkg_check_modules(fastapi_${fastapi_module} QUIET IMPORTED_TARGET ${fastapi_module})
        if(fastapi_${fastapi_module}_FOUND)
          list(APPEND fastapi_pkgconfig_requires ${fastapi_module})
          if(NOT ${out})
            set(${out} PkgConfig::fastapi_${fastapi_module})
          endif()
        endif()
      endforeach()
    endif()
  endmacro()

  set(fastapi_pkgconfig_requires "")
  set(fastapi_missing "")
  set(fastapi_found "")

  # For mount_on() and the portable server, which is the only one where there is no epoll.
  fastapi_find(fastapi_httplib TARGETS httplib::httplib PACKAGES httplib MODULES cpp-httplib)
  if(NOT fastapi_httplib AND (FASTAPI_PORTABLE_SERVER OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux"))
    string(APPEND fastapi_missing " cpp-httplib (Debian: libcpp-httplib-dev and pkg-config)")
  endif()
  fastapi_find(fastapi_json TARGETS nlohmann_json::nlohmann_json PACKAGES nlohmann_json MODULES nlohmann_json)
  if(NOT fastapi_json)
    string(APPEND fastapi_missing " nlohmann/json (Debian: nlohmann-json3-dev)")
  endif()
  fastapi_find(fastapi_threads TARGETS Threads::Threads PACKAGES Threads)
  if(NOT fastapi_threads)
    string(APPEND fastapi_missing " a thread library")
  endif()

  # These serve single parts (Pattern, SQL, TLS, signing, GZip, passwords); a program that does not use the part does without.
  fastapi_find(fastapi_re2 TARGETS re2::re2 PACKAGES re2 MODULES re2)
  fastapi_find(fastapi_sqlite TARGETS SQLite::SQLite3 PACKAGES SQLite3 MODULES sqlite3)
  fastapi_find(fastapi_ssl TARGETS OpenSSL::SSL PACKAGES OpenSSL MODULES libssl)
  fastapi_find(fastapi_crypto TARGETS OpenSSL::Crypto PACKAGES OpenSSL MODULES libcrypto)
  fastapi_find(fastapi_zlib TARGETS ZLIB::ZLIB PACKAGES ZLIB MODULES zlib)
  fastapi_find(fastapi_argon2 TARGETS argon2::argon2 PACKAGES argon2 MODULES libargon2)

  if(fastapi_missing STREQUAL "")
    # What was found just now belongs to this folder only; the folders that link fastapi must see it too.
    get_property(fastapi_imported DIRECTORY PROPERTY IMPORTED_TARGETS)
    foreach(fastapi_target IN LISTS fastapi_imported)
      get_target_property(fastapi_is_global ${fastapi_target} IMPORTED_GLOBAL)
      if(NOT fastapi_is_global)
        set_target_properties(${fastapi_target} PROPERTIES IMPORTED_GLOBAL TRUE)
      endif()
    endforeach()

    add_library(fastapi::dependencies INTERFACE IMPORTED GLOBAL)
    target_link_libraries(fastapi::dependencies INTERFACE ${fastapi_httplib} ${fastapi_json} ${fastapi_threads}
      ${fastapi_re2} ${fastapi_sqlite} ${fastapi_ssl} ${fastapi_crypto} ${fastapi_zlib} ${fastapi_argon2})
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
      # A program gets only those libraries that it uses.
      target_link_options(fastapi::dependencies INTERFACE "LINKER:--as-needed")
    endif()
  endif()

  list(JOIN fastapi_pkgconfig_requires " " fastapi_pkgconfig_requires)

  if(NOT fastapi_missing STREQUAL "" AND NOT CMAKE_FIND_PACKAGE_NAME STREQUAL "fastapi")
    message(FATAL_ERROR "fastapi needs libraries that were not found:${fastapi_missing}.")
  endif()
endif()
