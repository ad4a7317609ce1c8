# SPDX-License-Identifier: Apache-2.0
# tests/negative/*.c compile as they are, and do not with -DBREAK: what the types forbid.
# Both halves are needed: a file that never compiles would prove nothing.
cmake_policy(VERSION 3.25)
file(GLOB files ${SRC}/tests/negative/*.c)
if(NOT files)
  message(SEND_ERROR "no file in tests/negative")
endif()
foreach(file IN LISTS files)
  set(compile ${CC} -std=c17 -D_GNU_SOURCE -Werror -I${SRC}/src -fsyntax-only ${file})
  execute_process(COMMAND ${compile} RESULT_VARIABLE sound ERROR_VARIABLE said)
  if(NOT sound EQUAL 0)
    message(SEND_ERROR "${file} should compile:\n${said}")
  endif()
  execute_process(COMMAND ${compile} -DBREAK RESULT_VARIABLE broken ERROR_VARIABLE said)
  if(broken EQUAL 0)
    message(SEND_ERROR "${file} compiles with -DBREAK and must not")
  endif()
endforeach()
