/// A tokenizer's definition from and to a Hugging Face folder: read_hf_tokenizer and write_hf_tokenizer.
#pragma once
#include <srlm/io/hf_tokenizer_reader.hpp>
#include <srlm/io/hf_tokenizer_writer.hpp>
