// std::visit with a function for each alternative. Without a catch-all among them, an alternative that nobody
// thought of does not compile.
#pragma once

namespace culprit::base {

template <class... Function>
struct Overloaded : Function... {
  using Function::operator()...;
};

// Does nothing with a `T`.
template <class T>
struct Ignore {
  void operator()(const T&) const {}
};

// The alternatives that one does nothing with, by name.
template <class... T>
struct Ignores : Ignore<T>... {
  using Ignore<T>::operator()...;
};

}  // namespace culprit::base
