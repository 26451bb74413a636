// The commands with which a reader sees each step for themselves.
#pragma once

#include <string>
#include <string_view>

#include "html/html.h"
#include "output/page/page.h"

namespace culprit::output::page {

html::Node by_hand(const PageMaterial& material);
// The same as a shell script's text: comments and commands. Words that others wrote stand in quoted words or in
// comments of one line.
std::string by_hand_text(const PageMaterial& material);

// The title of the bug, or what stands for it: "a hang", "a bug".
std::string bug_name(const Summary& summary);

}  // namespace culprit::output::page
