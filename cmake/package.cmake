# `cpack -G DEB` in a release build: a package for the Debian that it is made on.
include(GNUInstallDirs)
set(CPACK_PACKAGE_NAME culprit)
set(CPACK_PACKAGE_CONTACT "culprit developers <culprit@culprit.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "find the commit that broke, or mended, something")
set(CPACK_PACKAGE_DESCRIPTION
"culprit builds and runs revisions of a git repository, in checkouts of its own,
until it knows which commit brought a crash, a failing test or a hang, in a
program or in a Linux kernel. It takes flaky tests as they are, records
everything, and continues after any stop. By hand it takes the place of git
bisect.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "git")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "bash-completion")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "qemu-system")

# What Debian wants of every package: a changelog of its own format, which names the project's, and the exceptions of lintian's
# rules that are meant.
string(TIMESTAMP CULPRIT_PACKAGED "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, where it is set
configure_file(${PROJECT_SOURCE_DIR}/cmake/changelog.in ${CMAKE_BINARY_DIR}/made/changelog @ONLY)
if(CULPRIT_GZIP)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/made/changelog.gz
    COMMAND ${CULPRIT_GZIP} -9nkf ${CMAKE_BINARY_DIR}/made/changelog
    DEPENDS ${CMAKE_BINARY_DIR}/made/changelog VERBATIM)
  add_custom_target(culprit_changelog ALL DEPENDS ${CMAKE_BINARY_DIR}/made/changelog.gz)
  install(FILES ${CMAKE_BINARY_DIR}/made/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
install(FILES ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/cmake/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/cmake/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME culprit)
include(CPack)
