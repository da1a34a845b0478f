/// Everything about safetensors: one file, a Hugging Face folder of them, and writing.
#pragma once
#include <srlm/io/safetensors_file.hpp>
#include <srlm/io/safetensors_folder.hpp>
#include <srlm/io/safetensors_writer.hpp>
