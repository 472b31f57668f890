/**
 * libtorch's stable C functions that the engine calls, one line each as its headers declare them (torch/csrc/stable/c/shim.h and
 * torch/csrc/inductor/aoti_torch/c/shim.h). Every pointer and handle is a uint64: an address fits in a number, and nothing is marshalled.
 */
const address = "uint64_t";
const code = "int32_t";

export interface Symbol {
  readonly name: string;
  readonly returns: string;
  readonly takes: readonly string[];
  /** The first torch that has it; where it is missing and optional, what is lost. */
  readonly since: string;
  readonly without?: string;
}

const symbol = (name: string, takes: readonly string[], since = "2.10", returns = code): Symbol => ({
  name,
  takes,
  since,
  returns,
});

export const symbols = {
  abiVersion: symbol("aoti_torch_abi_version", [], "2.10", "uint64_t"),
  call: symbol("torch_call_dispatcher", [address, address, address, address]),
  errorText: {
    ...symbol("torch_exception_get_what_without_backtrace", [], "2.13", "const char*"),
    without: "torch's own words about an error",
  },
  duplicate: symbol("aoti_torch_new_tensor_handle", [address, address]),
  remove: symbol("aoti_torch_delete_tensor_object", [address]),
  fromBlob: symbol("aoti_torch_create_tensor_from_blob", [
    address,
    "int64_t",
    address,
    address,
    "int64_t",
    code,
    code,
    code,
    address,
  ]),
  empty: symbol("aoti_torch_empty_strided", ["int64_t", address, address, code, code, code, address]),
  emptyPinned: symbol("aoti_torch_empty_strided_pinned", ["int64_t", address, address, code, code, code, address]),
  rank: symbol("aoti_torch_get_dim", [address, address]),
  size: symbol("aoti_torch_get_size", [address, "int64_t", address]),
  dtype: symbol("aoti_torch_get_dtype", [address, address]),
  itemF32: symbol("aoti_torch_item_float32", [address, address]),
  subtract: symbol("aoti_torch_aten_subtract_Tensor", [address, address, "double", address]),
  setGradMode: symbol("aoti_torch_grad_mode_set_enabled", ["bool"], "2.10", "void"),
  newList: symbol("torch_new_list_reserve_size", ["size_t", address]),
  pushList: symbol("torch_list_push_back", [address, address]),
  newString: symbol("torch_new_string_handle", [address, "size_t", address]),
  newOptional: {
    ...symbol("torch_new_stable_ivalue", [address], "2.13"),
    without: "nothing: C++'s own allocation stands for it",
  },
  f32: symbol("aoti_torch_dtype_float32", []),
  f64: symbol("aoti_torch_dtype_float64", []),
  bf16: symbol("aoti_torch_dtype_bfloat16", []),
  f16: symbol("aoti_torch_dtype_float16", []),
  i32: symbol("aoti_torch_dtype_int32", []),
  i64: symbol("aoti_torch_dtype_int64", []),
  bool: symbol("aoti_torch_dtype_bool", []),
  contiguous: symbol("aoti_torch_memory_format_contiguous_format", []),
  cpu: symbol("aoti_torch_device_type_cpu", []),
  cuda: symbol("aoti_torch_device_type_cuda", []),
  mps: symbol("aoti_torch_device_type_mps", []),
} as const satisfies Readonly<Record<string, Symbol>>;

export type SymbolName = keyof typeof symbols;
