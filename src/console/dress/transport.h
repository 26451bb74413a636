// Transports: the ways by which a line reached a log, and what each of them puts in front of it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace culprit::console {

// Who speaks in a line, as far as its transport says.
enum class Voice { unknown, kernel, program };

struct Transport {
  enum class Says {
    nothing,      // of the writer
    by_name,      // the kernel where the writer is called so, else a program
    by_number,    // the kernel where the writer is process 0
    kernel,       // only the kernel's lines
    by_facility,  // the facility that the record has; user space's is never the kernel's
  };
  std::string_view id;    // "journal/short"
  std::string_view form;  // see form.h
  Says says = Says::nothing;
  bool verbatim = false;   // each line has the very same text in front, as quoted mail has
  bool each_line = false;  // of a message of several lines, too: none goes without
};

// All of them, those that say more first.
std::span<const Transport> transports();

// What one transport put in front of a line.
struct Layer {
  const Transport* transport = nullptr;
  std::string_view text;  // of that line
};

// A line without what is in front of it.
struct Undressed {
  std::size_t length = 0;   // of everything in front
  std::string_view writer;  // as the last layer names it; empty where none does
  std::string_view caller;  // the printk caller id that a record names
  Voice voice = Voice::unknown;
  bool user_space = false;  // a record that user space put among the kernel's
};

// Takes off whatever is known, at most k_max_layers. `skip` is the number of transports passed over that would
// have fitted: a line may be read in more than one way, and its neighbours say which.
inline constexpr std::size_t k_max_layers = 5;
Undressed undress(std::string_view line, std::vector<Layer>* layers, std::size_t skip = 0);

// Takes off these layers and no others; false where the line does not wear them. An empty line does.
bool undress_as(std::span<const Layer> layers, std::string_view line, Undressed* undressed);

}  // namespace culprit::console
