# What every target shares, and the functions that the folders' CMakeLists call.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(CLI11 REQUIRED)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(libdw REQUIRED IMPORTED_TARGET libdw)
pkg_check_modules(libelf REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(libcurl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(libmicrohttpd REQUIRED IMPORTED_TARGET libmicrohttpd)

find_program(CULPRIT_CCACHE ccache)
if(CULPRIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CULPRIT_CCACHE})
endif()
find_program(CULPRIT_MOLD mold)
if(CULPRIT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wimplicit-fallthrough
                    -Wno-missing-field-initializers)  # tables name the fields they set
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these in its own std::variant and std::expected at -O2: false.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own stable_sort uses what C++17 deprecates.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(CULPRIT_TUNABLE)
  add_compile_definitions(CULPRIT_TUNABLE)
endif()
if(CULPRIT_WERROR)
  add_compile_options(-Werror)
endif()
if(CULPRIT_SANITIZE)
  add_compile_options(-fsanitize=${CULPRIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CULPRIT_SANITIZE})
endif()
if(CULPRIT_CLANG_TIDY)
  find_program(CULPRIT_TIDY NAMES clang-tidy-19 REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY ${CULPRIT_TIDY})
endif()

# What half of each compilation is spent on. Off in the release build, which therefore proves that each file includes what
# it uses, and wherever ccache is to serve several checkouts.
function(culprit_precompile target)
  if(CULPRIT_PCH)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <chrono> <filesystem> <functional> <map>
      <memory> <optional> <set> <span> <string> <string_view> <variant> <vector> <fmt/format.h> ${ARGN})
  endif()
endfunction()

# culprit_library(NAME DEPS...): the static library of one folder of src/, from all its .cc files
# (those named *_main.cc are programs of their own). Includes are rooted at src/.
function(culprit_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/([a-z_]*_)?main\\.cc$")
  add_library(culprit_${name} STATIC ${sources})
  target_include_directories(culprit_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(culprit_${name} PUBLIC ${ARGN})
  culprit_precompile(culprit_${name})
endfunction()

# culprit_unit_tests(FOLDER DEPS...): one GoogleTest program from tests/unit/FOLDER/*_test.cc.
function(culprit_unit_tests folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/unit/${folder}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${folder} ${sources})
  target_include_directories(unit_${folder} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(unit_${folder} PRIVATE test_support ${ARGN} GTest::gmock_main rapidcheck)
  culprit_precompile(unit_${folder} <gtest/gtest.h> <gmock/gmock.h>)
  target_compile_definitions(unit_${folder} PRIVATE
    CULPRIT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CULPRIT_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_dependencies(unit_${folder} culprit-guard)
  add_test(NAME unit_${folder} COMMAND unit_${folder})
endfunction()
