// Shared ownership without std::make_shared, which asks for a newer C++ library than Node 20 does.
#pragma once

#include <memory>
#include <utility>

namespace tresor {

template <typename T, typename... Arguments>
std::shared_ptr<T> Share(Arguments&&... arguments) {
  return std::shared_ptr<T>(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace tresor
