# SPDX-License-Identifier: Apache-2.0
# What the program says of itself: the manual page and shell completion, made when it is built and
# installed with it; and docs/configuration.md, which the test house/configuration compares.
set(man ${CMAKE_BINARY_DIR}/stockade.1)
set(completion ${CMAKE_BINARY_DIR}/stockade.bash)
add_custom_command(OUTPUT ${man} ${completion} DEPENDS stockade VERBATIM
  COMMAND sh -c "$<TARGET_FILE:stockade> help --man > ${man} && $<TARGET_FILE:stockade> completion bash > ${completion}")
add_custom_target(manual ALL DEPENDS ${man} ${completion})
install(FILES ${man} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME stockade)
if(NOT STK_FUZZ)
  add_test(NAME house/configuration
    COMMAND sh -c "$<TARGET_FILE:stockade> help --configuration | diff - ${CMAKE_SOURCE_DIR}/docs/configuration.md")
endif()
