#include "support/backends.hpp"
#include "support/model_backends.hpp"

srlm::AnyBackend OverEigen::make(int threads) { return srlm::AnyBackend(srlm::EigenBackend(threads)); }

#if defined(SRLM_TEST_ONEDNN)
srlm::AnyBackend OverOneDnn::make(int threads) { return srlm::AnyBackend(srlm::OneDnnBackend(threads)); }
#endif

#if defined(SRLM_TEST_XTENSOR)
srlm::AnyBackend OverXtensor::make(int threads) { return srlm::AnyBackend(srlm::XtensorBackend(threads)); }
#endif
