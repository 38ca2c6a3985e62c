# One room = one folder = one namespace = one target.
#   mien_room(face DEPENDS mien_types mien_image)
# PRECOMPILE names further headers that most of its files include and that take long to read.
# Sources are all src/<room>/**/*.cpp except *_test.cpp, which become one test program of the room.
function(mien_room room)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE_DEPENDS;PRECOMPILE" ${ARGN})
  set(here "${PROJECT_SOURCE_DIR}/src/${room}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${here}/*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${here}/*.h")
  list(FILTER headers EXCLUDE REGEX "_test\\.h$")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$|/main\\.cpp$")

  add_library(mien_${room} STATIC ${sources})
  target_sources(mien_${room} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/src" FILES ${headers})
  set_target_properties(mien_${room} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(mien_${room} PUBLIC ${ARG_DEPENDS} PRIVATE mien_settings ${ARG_PRIVATE_DEPENDS})
  if(MIEN_FUZZ)  # Without it a fuzzer sees only the paths of its own few lines and searches blindly.
    target_compile_options(mien_${room} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  target_precompile_headers(mien_${room} PRIVATE <algorithm> <array> <cmath> <cstdint> <filesystem> <memory> <optional>
    <span> <string> <string_view> <variant> <vector> ${ARG_PRECOMPILE})

  # Under ThreadSanitizer only the rooms that meet threads. Under AddressSanitizer `./run test` takes those that meet
  # bytes from outside, because it must end in time; `./run sanitize` takes all.
  if(MIEN_SANITIZE STREQUAL "thread" AND NOT room MATCHES "^(base|media|models|gallery|pipeline)$")
    set(tests "")
  elseif(MIEN_SANITIZE MATCHES "address" AND NOT MIEN_SANITIZE_ALL AND NOT room MATCHES "^(base|types|image|media|models|inference|gallery)$")
    set(tests "")
  endif()

  if(MIEN_DEVELOPER AND tests)
    add_executable(${room}_test ${tests})
    target_link_libraries(${room}_test PRIVATE mien_${room} ${ARG_PRIVATE_DEPENDS} mien_settings GTest::gtest GTest::gtest_main)
    target_precompile_headers(${room}_test PRIVATE <gtest/gtest.h> <algorithm> <filesystem> <memory> <string> <vector>)
    target_compile_definitions(${room}_test PRIVATE "MIEN_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
    gtest_discover_tests(${room}_test TEST_PREFIX "${room}." PROPERTIES TIMEOUT 60 LABELS unit DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

# Builds a text file into a room's library: FUNCTION (declared in HEADER, a std::string_view in NAMESPACE) gives it back.
function(mien_embed target file header namespace function)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp")
  add_custom_command(OUTPUT "${out}" DEPENDS "${file}" "${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake"
    COMMAND ${CMAKE_COMMAND} "-DIN=${file}" "-DOUT=${out}" "-DHEADER=${header}" "-DNAMESPACE=${namespace}" "-DFUNCTION=${function}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake")
  target_sources(${target} PRIVATE "${out}")
endfunction()
