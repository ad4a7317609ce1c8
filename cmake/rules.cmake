# SPDX-License-Identifier: Apache-2.0
# rules/*.yaml become a C file inside stk_detect, so that the program brings its signatures wherever
# it runs; cmake/rulec.c compiles their patterns into a second one. As a script (-DOUT=...) this file
# writes the first; included, it says when to.
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_policy(VERSION 3.25)
  file(GLOB files ${RULES}/*.yaml)
  list(SORT files)
  set(text "/* Written by cmake/rules.cmake from rules/. */\n#include \"detect/rules.h\"\n\n")
  set(table "")
  set(n 0)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    file(READ ${file} hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR bytes "${digits} / 2")
    string(REGEX REPLACE "(..)(..)(..)(..)(..)(..)(..)(..)" "0x\\1,0x\\2,0x\\3,0x\\4,0x\\5,0x\\6,0x\\7,0x\\8,\n" hex "${hex}")
    string(REGEX REPLACE "(\n|^)(([0-9a-f][0-9a-f])+)$" "\\1@\\2" hex "${hex}")
    string(REGEX MATCH "@([0-9a-f]*)$" tail "${hex}")
    string(REGEX REPLACE "@[0-9a-f]*$" "" hex "${hex}")
    string(REPLACE "@" "" tail "${tail}")
    string(REGEX REPLACE "(..)" "0x\\1," tail "${tail}")
    string(APPEND text "static const unsigned char file_${n}[] = {\n${hex}${tail}0x00 };\n")
    string(APPEND table "    { { \"rules/${name}\", sizeof \"rules/${name}\" - 1 }, { (const char *)file_${n}, ${bytes} } },\n")
    math(EXPR n "${n} + 1")
  endforeach()
  string(APPEND text "const stk_rules_file stk_rules_embedded[] = {\n${table}};\n")
  string(APPEND text "const size_t stk_rules_embedded_count = ${n};\n")
  file(WRITE ${OUT} "${text}")
  return()
endif()

file(GLOB stk_rule_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rules/*.yaml)
list(SORT stk_rule_files)
set(stk_rules_c ${CMAKE_BINARY_DIR}/rules_embedded.c)
add_custom_command(OUTPUT ${stk_rules_c}
  COMMAND ${CMAKE_COMMAND} -DRULES=${CMAKE_SOURCE_DIR}/rules -DOUT=${stk_rules_c} -P ${CMAKE_SOURCE_DIR}/cmake/rules.cmake
  DEPENDS ${stk_rule_files} ${CMAKE_SOURCE_DIR}/cmake/rules.cmake VERBATIM)

add_executable(rulec ${CMAKE_SOURCE_DIR}/cmake/rulec.c ${CMAKE_SOURCE_DIR}/src/detect/rules/load.c
  ${CMAKE_SOURCE_DIR}/src/detect/rules/read.c ${CMAKE_SOURCE_DIR}/src/detect/rules/compile.c)
target_include_directories(rulec PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(rulec stk_model stk_base PkgConfig::hs)
set(stk_rules_database_c ${CMAKE_BINARY_DIR}/rules_database.c)
set(stk_rule_arguments "")
foreach(file IN LISTS stk_rule_files)
  get_filename_component(name ${file} NAME)
  list(APPEND stk_rule_arguments "rules/${name}=${file}")
endforeach()
add_custom_command(OUTPUT ${stk_rules_database_c}
  COMMAND rulec ${stk_rules_database_c} ${stk_rule_arguments}
  DEPENDS rulec ${stk_rule_files} VERBATIM)
target_sources(stk_detect PRIVATE ${stk_rules_c} ${stk_rules_database_c})
