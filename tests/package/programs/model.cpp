/// Uses the built-in model's headers for a tensor policy of one's own: they bring none, and no Eigen.
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <srlm/model/save.hpp>

#include <cstdio>

#if defined(EIGEN_WORLD_VERSION) || __has_include(<Eigen/Core>)
#error "the component model needs no Eigen"
#endif

int main() {
  srlm::io::ModelConfig config;
  config.vocabulary = 8;
  config.hidden = config.head_dim = config.intermediate = config.context = 16;
  config.layers = config.heads = config.kv_heads = 1;
  std::size_t const tensors = srlm::model::weight_layout(config).tensors.size();
  std::printf("%zu tensors\n", tensors);
  return tensors > 0 ? 0 : 1;
}
