// A matrix for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "output/words/style.h"
#include "study/matrix.h"

namespace culprit::study {

// "3/10 (.11-.60)", and " +2" where two runs ended otherwise; empty where nothing was run.
std::string cell_text(const Cell& cell);
// What a column is called: its revision, and its variant where it has one.
std::string column_text(const MatrixColumn& column);

// A line a revision, a column a test; in several blocks, one below the other, where the screen is too narrow for all
// tests. Then what was seen, and why what is untestable is.
std::vector<std::string> matrix_lines(const MatrixPlan& plan, const Matrix& matrix,
                                      const output::Style& style);

// {"tests": [...], "revisions": [...], "cells": [...], ...}, as docs/manual.md has it; with a final line feed.
std::string matrix_json(const MatrixPlan& plan, const Matrix& matrix);
// A line a cell, below a line of headings; RFC 4180 but for the line ends.
std::string matrix_csv(const MatrixPlan& plan, const Matrix& matrix);

}  // namespace culprit::study
