// libcurl's handles as values.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace culprit::post {

struct CurlFree {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlFree>;
using CurlList = std::unique_ptr<curl_slist, CurlFree>;

inline void append(CurlList& list, const std::string& text) {
  list.reset(curl_slist_append(list.release(), text.c_str()));
}

// Without signals, and blind to ~/.netrc: nobody's password goes anywhere unasked.
base::Result<CurlHandle> make_curl();

}  // namespace culprit::post
