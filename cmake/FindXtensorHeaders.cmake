# xtensor as XtensorHeaders::XtensorHeaders, whatever its own package calls its target (xtensor, or xtensor::xtensor in
# newer versions). 0.24 is the oldest that we test.
find_package(xtensor QUIET CONFIG)
set(XtensorHeaders_target "")
foreach(candidate IN ITEMS xtensor::xtensor xtensor)
  if(TARGET ${candidate} AND NOT XtensorHeaders_target)
    set(XtensorHeaders_target ${candidate})
  endif()
endforeach()
set(XtensorHeaders_is_known FALSE)
if(XtensorHeaders_target AND (NOT DEFINED xtensor_VERSION OR xtensor_VERSION VERSION_GREATER_EQUAL 0.24))
  set(XtensorHeaders_is_known TRUE)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  XtensorHeaders
  REQUIRED_VARS XtensorHeaders_target XtensorHeaders_is_known
  VERSION_VAR xtensor_VERSION)

if(XtensorHeaders_FOUND AND NOT TARGET XtensorHeaders::XtensorHeaders)
  add_library(XtensorHeaders::XtensorHeaders INTERFACE IMPORTED)
  set_target_properties(XtensorHeaders::XtensorHeaders PROPERTIES INTERFACE_LINK_LIBRARIES ${XtensorHeaders_target})
endif()
unset(XtensorHeaders_target)
unset(XtensorHeaders_is_known)
