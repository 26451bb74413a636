#include "run/snapshot/reseed.h"

#ifdef CULPRIT_RESEED
asm(".pushsection .rodata\n"
    "culprit_reseed_begin: .incbin \"" CULPRIT_RESEED
    "\"\n"
    "culprit_reseed_end:\n"
    ".popsection\n");
extern "C" const char culprit_reseed_begin[];
extern "C" const char culprit_reseed_end[];
#endif

namespace culprit::run {

std::string_view reseed_program() {
#ifdef CULPRIT_RESEED
  return {culprit_reseed_begin, culprit_reseed_end};
#else
  return {};
#endif
}

}  // namespace culprit::run
