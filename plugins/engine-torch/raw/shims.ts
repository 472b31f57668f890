/**
 * Operators that libtorch also has as plain C functions (aoti_torch_cpu_..., and the same for cuda and mps): they borrow tensors instead of taking
 * them and skip the dispatcher, which makes a small one two to three times as fast. Word for word as
 * torch/csrc/inductor/aoti_torch/generated/c_shim_cpu.h declares them (a test compares); a library that lacks one is called through the dispatcher.
 */
const declarations = [
  "add_Tensor(AtenTensorHandle self, AtenTensorHandle other, double alpha, AtenTensorHandle* ret0)",
  "add_Scalar(AtenTensorHandle self, double other, double alpha, AtenTensorHandle* ret0)",
  "mul_Tensor(AtenTensorHandle self, AtenTensorHandle other, AtenTensorHandle* ret0)",
  "mul_Scalar(AtenTensorHandle self, double other, AtenTensorHandle* ret0)",
  "pow_Tensor_Tensor(AtenTensorHandle self, AtenTensorHandle exponent, AtenTensorHandle* ret0)",
  "abs(AtenTensorHandle self, AtenTensorHandle* ret0)",
  "mm_out(AtenTensorHandle out, AtenTensorHandle self, AtenTensorHandle mat2)",
  "bmm_out(AtenTensorHandle out, AtenTensorHandle self, AtenTensorHandle mat2)",
  "addmm_out(AtenTensorHandle out, AtenTensorHandle self, AtenTensorHandle mat1, AtenTensorHandle mat2, double beta, double alpha)",
  "permute(AtenTensorHandle self, const int64_t* dims, int64_t dims_len_, AtenTensorHandle* ret0)",
  "narrow(AtenTensorHandle self, int64_t dim, int64_t start, int64_t length, AtenTensorHandle* ret0)",
  "reshape(AtenTensorHandle self, const int64_t* shape, int64_t shape_len_, AtenTensorHandle* ret0)",
  "cat(const AtenTensorHandle* tensors, int64_t tensors_len_, int64_t dim, AtenTensorHandle* ret0)",
  "convolution(AtenTensorHandle input, AtenTensorHandle weight, AtenTensorHandle* bias, const int64_t* stride, int64_t stride_len_, const int64_t* padding, int64_t padding_len_, const int64_t* dilation, int64_t dilation_len_, int32_t transposed, const int64_t* output_padding, int64_t output_padding_len_, int64_t groups, AtenTensorHandle* ret0)",
  "max_pool2d_with_indices(AtenTensorHandle self, const int64_t* kernel_size, int64_t kernel_size_len_, const int64_t* stride, int64_t stride_len_, const int64_t* padding, int64_t padding_len_, const int64_t* dilation, int64_t dilation_len_, int32_t ceil_mode, AtenTensorHandle* ret0, AtenTensorHandle* ret1)",
] as const;

type Declaration = (typeof declarations)[number];
/** "mul_Tensor" of "mul_Tensor(AtenTensorHandle self, ...)". */
export type ShimName = Declaration extends infer D ? (D extends `${infer Name}(${string}` ? Name : never) : never;

/** What a function takes, lists with their length as one. */
export type ShimKind = "tensor" | "tensor?" | "tensors" | "double" | "integer" | "integers" | "result";

export interface Shim {
  readonly name: ShimName;
  readonly declaration: Declaration;
  readonly takes: readonly { readonly name: string; readonly kind: ShimKind }[];
  /** The types that koffi binds it with. */
  readonly types: readonly string[];
}

const address = "uint64_t";

/** @throws Error on a type that none of the table's functions has */
function parse(declaration: Declaration): Shim {
  const [, name, list] = /^(\w+)\((.*)\)$/.exec(declaration)!;
  const takes: { name: string; kind: ShimKind }[] = [];
  const types: string[] = [];
  for (const part of list!.split(", ")) {
    const at = part.lastIndexOf(" ");
    const [type, label] = [part.slice(0, at), part.slice(at + 1)];
    types.push(type.endsWith("*") || type === "AtenTensorHandle" ? address : type);
    if (!label.endsWith("_len_")) takes.push({ name: label, kind: kindOf(type, label) });
  }
  return { name: name as ShimName, declaration, takes, types };
}

function kindOf(type: string, label: string): ShimKind {
  if (type === "AtenTensorHandle*") return /^ret\d$/.test(label) ? "result" : "tensor?";
  const kinds: Readonly<Record<string, ShimKind>> = {
    AtenTensorHandle: "tensor",
    "const AtenTensorHandle*": "tensors",
    double: "double",
    int64_t: "integer",
    int32_t: "integer",
    "const int64_t*": "integers",
  };
  const kind = kinds[type];
  if (!kind) throw new Error(`no way to pass ${type} ${label}`);
  return kind;
}

export const shims: ReadonlyMap<ShimName, Shim> = new Map(
  declarations.map((declaration) => {
    const shim = parse(declaration);
    return [shim.name, shim];
  }),
);

/** The plain function of an operator with the same arguments, if there is one: "mul.Tensor" is mul_Tensor. */
export function shimOf(operator: string): Shim | undefined {
  return shims.get(operator.replace(".", "_") as ShimName);
}
