"""For each define of tensor_backend_cases.hpp, a part of the sentence that the compiler must show."""

MEMBERS = [
    "allocate<T>", "upload", "download", "fill_zero", "synchronize", "sum_of_squares", "adamw", "matmul", "gather_rows",
    "scatter_add_rows", "add", "add_to_rows", "sum_rows", "rms_norm", "rms_norm_backward", "rotate", "swiglu",
    "swiglu_backward", "plan", "write_keys", "copy_keys", "attention", "attention_backward", "log_probs",
    "log_probs_backward", "sample",
]

SENTENCES = {f"WITHOUT_{member.split('<')[0].upper()}": f"srlm: your backend has no member {member}("
             for member in MEMBERS} | {
    "WITHOUT_MOVE": "srlm: your backend must be movable",
    "WITHOUT_SPAN": "srlm: your backend has no member template span<T>",
    "WITHOUT_ALLOCATE_IDS": "allocate<T>(std::size_t n) for T = float and std::int32_t",
    "WITHOUT_ATTENTION_PLAN": "srlm: your backend has no type AttentionPlan",
    "WRONG_SPAN": "span<T> must be a view that copies and has a default constructor, with size(), subspan(first)",
    "WRONG_BUFFER": "must be movable and have span() const that returns your span<T>",
    "WRONG_SUM_OF_SQUARES": "it must return the sum of x^2 as a number",
    "WRONG_RMS_NORM": "srlm: your backend has no member rms_norm(MatrixView x, span<float> gain, float epsilon, "
                      "MatrixView out): it must write x / sqrt(mean of squares + epsilon) * gain, row by row",
    "WRONG_PLAN": "it must return an AttentionPlan",
    "WRONG_SAMPLE": "it must return std::vector<srlm::Token>, one token a row",
}
