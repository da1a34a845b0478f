"""The kernels that race_free.py looks at, each with a launch like those that are shipped."""

SIZES = {"bf16": 2, "u32": 4, "s32": 4, "f32": 4, "u64": 8, "f64": 8, "pointer": 8}


def pointer(name):
    return ("pointer", name)


def u32(value):
    return ("u32", value)


def u64(value):
    return ("u64", value)


def f32(value):
    return ("f32", value)


def rows(name, stride):
    return [pointer(name), u64(stride)]


def heads(group, kv_heads, depth):
    return [u32(group), u32(kv_heads), u32(depth)]


COLUMNS = 1000
DENSE = [("s32", 64), ("s32", 8), ("s32", 60)]  # rows of a tile, rows, keys before them: two pages


def attention(number, element):
    """The three kernels of attention over one head of 64 numbers: forward, backward by queries and by keys."""
    tile = 64 * (64 * SIZES[number] + 16)  # bytes: rows of 64 numbers, and 16 bytes between them
    sizes, scale = heads(1, 1, 64), f32(0.125)
    past = [*DENSE, *rows("q", 64), *rows("d_out", 64), *rows("log_sum", 1), *rows("dots", 1), pointer("pages"), *sizes,
            scale]
    return (
        ("attention", f"attention<64, DenseLayout, float, {element}>(DenseLayout, Rows<float const>, {element} const*, "
         "HeadSizes, float, Rows<float>, Rows<float>)", [1, 1], 128, 3 * tile,
         [DENSE, rows("q", 64), pointer("pages"), sizes, scale, rows("out", 64), rows("log_sum", 1)], None),
        ("attention_backward", f"attention_queries_backward<64, DenseLayout, float, {element}>(AttentionPast<"
         f"DenseLayout, float, {element}>, Rows<float>)", [1, 1], 128, 5 * tile + 512, [past, rows("d_q", 64)], None),
        ("attention_backward", f"attention_keys_backward<64, DenseLayout, DenseVisits, float, {element}>("
         f"AttentionPast<DenseLayout, float, {element}>, DenseVisits, float*)", [1, 1], 128, 5 * tile + 512,
         [past, [u32(1)], pointer("d_pages")], None))


IN_F32, IN_BF16 = attention("f32", "float"), attention("bf16", "BFloat16")


def changed(kernel, file, piece, replacement):
    return (*kernel[:6], (file, piece, replacement))


BETWEEN_KEYS_AND_VALUES = ("attention.cuh", "__syncthreads(); // the keys have been read; the weights are there",
                           "__syncwarp();")
# name: (header, instantiation, grid, threads, shared bytes, parameters, a change of the source or None)
KERNELS = {
    "rms_norm": ("rms_norm", "rms_norm<float>(Rows<float const>, float const*, float, Rows<float>, unsigned)", [3, 1],
                 256, 32, [rows("x", 1003), pointer("gain"), f32(1e-5), rows("out", 1005), u32(COLUMNS)], None),
    "rms_norm without its barrier": (
        "rms_norm", "rms_norm<float>(Rows<float const>, float const*, float, Rows<float>, unsigned)", [3, 1], 256, 32,
        [rows("x", 1003), pointer("gain"), f32(1e-5), rows("out", 1005), u32(COLUMNS)],
        ("reduce.cuh", "__syncthreads(); // every warp's part is there", ";")),
    "rms_norm_backward": (
        "rms_norm", "rms_norm_backward<float>(Rows<float const>, float const*, float, Rows<float const>, Rows<float>, "
        "float*, unsigned)", [3, 1], 256, 32,
        [rows("x", 1003), pointer("gain"), f32(1e-5), rows("d_out", 1001), rows("d_x", 1005), pointer("scales"),
         u32(COLUMNS)], None),
    "add": ("elementwise", "add<float>(Rows<float const>, Rows<float>, unsigned)", [3, 4], 256, 0,
            [rows("x", 1003), rows("y", 1005), u32(COLUMNS)], None),
    "add_to_rows": ("elementwise", "add_to_rows<float>(float const*, Rows<float>, unsigned)", [3, 4], 256, 0,
                    [pointer("x"), rows("y", 1005), u32(COLUMNS)], None),
    "scale": ("elementwise", "scale<float>(float, Rows<float>, unsigned)", [3, 4], 256, 0,
              [f32(0.5), rows("y", 1005), u32(COLUMNS)], None),
    "round_rows": ("bfloat16", "round_rows<false>(Rows<float const>, Rows<BFloat16>, unsigned, std::uint64_t)", [3, 2],
                   256, 0, [rows("x", 1003), rows("to", 1006), u32(COLUMNS), u64(7)], None),
    "round_rows, by chance": (
        "bfloat16", "round_rows<true>(Rows<float const>, Rows<BFloat16>, unsigned, std::uint64_t)", [3, 2], 256, 0,
        [rows("x", 1003), rows("to", 1006), u32(COLUMNS), u64(7)], None),
    "sum_of_parts": ("column_sums", "sum_of_parts<BiasTerm<float>>(BiasTerm<float>, std::size_t, unsigned, float*)",
                     [3, 4], 256, 0, [rows("d_out", 1001), u64(50), u32(COLUMNS), pointer("parts")], None),
    "add_parts": ("column_sums", "add_parts<float>(float const*, unsigned, unsigned, float*)", [1, 4], 256, 0,
                  [pointer("parts"), u32(3), u32(COLUMNS), pointer("x")], None),
    "swiglu": ("swiglu", "swiglu<float>(Rows<float const>, Rows<float>, unsigned)", [3, 4], 256, 0,
               [rows("gate_up", 2001), rows("out", 1003), u32(COLUMNS)], None),
    "swiglu_backward": ("swiglu", "swiglu_backward<float>(Rows<float const>, Rows<float const>, Rows<float>, unsigned)",
                        [3, 4], 256, 0, [rows("gate_up", 2001), rows("d_out", 1003), rows("d_gate_up", 2005),
                                         u32(COLUMNS)], None),
    "log_sums": ("log_probs", "log_sums<float>(Rows<float const>, unsigned, float*)", [3, 1], 256, 64,
                 [rows("logits", 1003), u32(COLUMNS), pointer("log_sum")], None),
    "log_probs_backward": (
        "log_probs", "log_probs_backward<float>(Rows<float>, std::int32_t const*, float const*, float const*, unsigned)",
        [3, 4], 256, 0,
        [rows("logits", 1003), pointer("targets"), pointer("log_sum"), pointer("weight"), u32(COLUMNS)], None),
    "squares": ("update", "squares<float>(float const*, std::size_t, double*)", [4, 1], 256, 64,
                [pointer("x"), u64(5000), pointer("parts")], None),
    "adamw": ("update", "adamw<float>(AdamWTensors<float>, AdamWFactors)", [4, 2], 256, 0,
              [[pointer("value0"), pointer("first0"), pointer("second0"), pointer("gradient0"), u64(3000),
                pointer("value1"), pointer("first1"), pointer("second1"), pointer("gradient1"), u64(1100)],
               [f32(0.9), f32(0.95), f32(1e-8), f32(1.0), f32(0.99), f32(0.01), f32(0.5)]], None),
    "attention_dots": ("attention_backward",
                       "attention_dots<float>(Rows<float const>, Rows<float const>, unsigned, Rows<float>)", [5, 3], 32,
                       0, [rows("out", 192), rows("d_out", 195), u32(64), rows("dots", 3)], None),
    "attention": IN_F32[0], "attention_queries_backward": IN_F32[1], "attention_keys_backward": IN_F32[2],
    "attention, bf16": IN_BF16[0], "attention_queries_backward, bf16": IN_BF16[1],
    "attention_keys_backward, bf16": IN_BF16[2],
    "attention without a barrier": changed(IN_F32[0], *BETWEEN_KEYS_AND_VALUES),
    "attention, bf16, without a barrier": changed(IN_BF16[0], *BETWEEN_KEYS_AND_VALUES),
    "rotate": ("rotate", "rotate<float>(Rows<float>, unsigned, std::int32_t const*, Rows<float const>, "
               "Rows<float const>, float, unsigned)", [3, 2], 256, 0,
               [rows("x", 1030), u32(64), pointer("positions"), rows("cosine", 32), rows("sine", 32), f32(1.0),
                u32(512)], None),
    "sample": ("sample", "sample<true, float>(Rows<float const>, unsigned, std::uint64_t const*, SampleOptions, "
               "Rows<float>, std::int32_t*)", [2, 1], 64, 544,
               [rows("logits", 131), u32(130), pointer("seeds"), [f32(1.0), ("f64", 0.9)], rows("room", 0),
                pointer("tokens")], None),
    "gather_rows": ("embedding", "gather_rows<float>(Rows<float const>, std::int32_t const*, Rows<float>, unsigned)",
                    [3, 1], 64, 0, [rows("table", 64), pointer("ids"), rows("out", 64), u32(64)], None),
    "scatter_add_rows": ("embedding", "scatter_add_rows<float, float>(Rows<float const>, std::int32_t const*, unsigned, "
                         "Rows<float>, unsigned)", [3, 1], 64, 0,
                         [rows("rows", 64), pointer("ids"), u32(3), rows("table", 64), u32(64)], None),
    "target_log_probs": ("log_probs", "target_log_probs<float>(Rows<float const>, std::int32_t const*, float const*, "
                         "float*, unsigned)", [1, 1], 128, 0,
                         [rows("logits", 1003), pointer("targets"), pointer("log_sum"), pointer("log_prob"), u32(100)],
                         None),
    "write_keys": ("pages", "write_keys<float>(Rows<float const>, Rows<float const>, KeyWrite const*, HeadSizes, "
                   "float*)", [3, 1], 64, 0,
                   [rows("k", 64), rows("v", 64), pointer("writes"), heads(1, 1, 64), pointer("pages")], None),
    "copy_keys": ("pages", "copy_keys<float>(KeyCopy const*, HeadSizes, float*)", [3, 1], 64, 0,
                  [pointer("copies"), heads(1, 1, 64), pointer("pages")], None),
    "sum_slots": ("pages", "sum_slots<float>(float const*, std::int32_t const*, std::int32_t const*, HeadSizes, "
                  "Rows<float>, Rows<float>)", [3, 1], 64, 0,
                  [pointer("d_pages"), pointer("first"), pointer("slot"), heads(1, 1, 64), rows("d_k", 64),
                   rows("d_v", 64)], None),
    "merge_parts": ("attention", "merge_parts<float>(QueryParts const*, Rows<float const>, Rows<float const>, unsigned, "
                    "Rows<float>, Rows<float>)", [3, 1], 64, 0,
                    [pointer("queries"), rows("parts", 64), rows("part_sums", 1), u32(64), rows("out", 64),
                     rows("log_sum", 1)], None),
    "place_rows": ("decoding", "place_rows<std::int32_t>(DecodingState const*, std::int32_t const*, std::int32_t const*, "
                   "unsigned, std::int32_t*, std::int32_t*, KeyWrite*, std::uint64_t*)", [1, 1], 128, 0,
                   [pointer("states"), pointer("first_page"), pointer("page_table"), u32(100), pointer("tokens"),
                    pointer("positions"), pointer("writes"), pointer("seeds")], None),
    "grow_tiles": ("decoding", "grow_tiles<std::int32_t>(QueryTile const*, unsigned, std::int32_t const*, TileQuery*, "
                   "QueryTile*)", [1, 1], 128, 0,
                   [pointer("planned"), u32(100), pointer("positions"), pointer("queries"), pointer("tiles")], None),
    "take_tokens": ("decoding", "take_tokens<std::int32_t>(std::int32_t const*, std::int32_t const*, unsigned, unsigned, "
                    "DecodingState*, Rows<std::int32_t>)", [1, 1], 128, 0,
                    [pointer("drawn"), pointer("ends"), u32(2), u32(100), pointer("states"), rows("answers", 17)], None),
}
# What has to be proven; what must be found to race; what branches or addresses from data keep from a proof.
PROVEN = ["rms_norm", "rms_norm_backward", "add", "add_to_rows", "scale", "round_rows", "round_rows, by chance",
          "sum_of_parts", "add_parts", "swiglu", "swiglu_backward", "log_sums", "target_log_probs", "log_probs_backward",
          "squares", "adamw", "rotate", "gather_rows", "sample", "attention_dots", "attention",
          "attention_queries_backward", "attention_keys_backward", "attention, bf16", "attention_queries_backward, bf16",
          "attention_keys_backward, bf16"]
RACING = ["rms_norm without its barrier", "attention without a barrier", "attention, bf16, without a barrier"]
UNPROVEN = ["scatter_add_rows", "write_keys", "copy_keys", "sum_slots", "merge_parts", "place_rows", "grow_tiles",
            "take_tokens"]
