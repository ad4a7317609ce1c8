# SPDX-License-Identifier: Apache-2.0
# stk_embed(target file symbol): the bytes of a shipped file as `const unsigned char symbol_bytes[]`
# and `const size_t symbol_size` in the target, so that the program needs no files to run.
function(stk_embed target file symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
  set(out ${CMAKE_BINARY_DIR}/embed/${symbol}.c)
  file(CONFIGURE OUTPUT ${out} CONTENT "/* ${file} */
#include <stddef.h>
extern const unsigned char ${symbol}_bytes[];
extern const size_t ${symbol}_size;
const unsigned char ${symbol}_bytes[] = {
${bytes}
};
const size_t ${symbol}_size = sizeof ${symbol}_bytes;
")
  target_sources(${target} PRIVATE ${out})
endfunction()
