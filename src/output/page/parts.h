// The parts of the page, each a section of its own; an empty node where there is nothing to say.
#pragma once

#include <string>
#include <string_view>

#include "html/html.h"
#include "output/page/page.h"
#include "output/summary/marks.h"

namespace culprit::output::page {

html::Node style();

// The tested revisions with their runs as marks, each a link to its console.
html::Node evidence(const PageMaterial& material);
// The consoles that the marks lead to.
html::Node consoles(const PageMaterial& material);
// The history between good and bad, newest first, merges drawn, with the posterior along it.
html::Node history_picture(const PageMaterial& material);
// How the probability of the answer moved with the runs.
html::Node moves(const PageMaterial& material);
// The locks of a lockdep report and in which order they are taken.
html::Node lock_graph(const PageMaterial& material);

// Shared by them.
html::Node section(std::string_view id, std::string_view title, html::Node content);
std::string_view class_of(Mark mark);               // "target", "foreign", "ok", "nothing"
std::string_view words_of(Mark mark);               // "the bug", ...
std::string anchor(const model::CommitId& commit);  // "rev-0123456789ab"
std::string anchor(std::uint64_t run);              // "run-7"
std::string percent_of(double share);               // for an attribute: "37.5%"
// "good", "bad", "unknown": how a verdict looks.
std::string_view class_of(const RevisionSummary& revision);

}  // namespace culprit::output::page
