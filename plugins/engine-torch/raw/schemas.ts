/**
 * The ATen operators that the lowering uses, word for word as native_functions.yaml declares them (a test compares them with the file in the wheel),
 * and what their arguments are. Enters: a declaration; leaves: kinds that encode.ts can write. A wrong kind would be a crash, so none is guessed.
 */
const declarations = [
  "neg(Tensor self) -> Tensor",
  "exp(Tensor self) -> Tensor",
  "expm1(Tensor self) -> Tensor",
  "log(Tensor self) -> Tensor",
  "sqrt(Tensor self) -> Tensor",
  "abs(Tensor self) -> Tensor",
  "sign(Tensor self) -> Tensor",
  "sin(Tensor self) -> Tensor",
  "cos(Tensor self) -> Tensor",
  "erf(Tensor self) -> Tensor",
  "floor(Tensor self) -> Tensor",
  "ceil(Tensor self) -> Tensor",
  "round(Tensor self) -> Tensor",
  "relu(Tensor self) -> Tensor",
  "sigmoid(Tensor self) -> Tensor",
  "tanh(Tensor self) -> Tensor",
  "mul.Tensor(Tensor self, Tensor other) -> Tensor",
  "div.Tensor(Tensor self, Tensor other) -> Tensor",
  "div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
  "pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
  "maximum(Tensor self, Tensor other) -> Tensor",
  "minimum(Tensor self, Tensor other) -> Tensor",
  "logaddexp(Tensor self, Tensor other) -> Tensor",
  "eq.Tensor(Tensor self, Tensor other) -> Tensor",
  "lt.Tensor(Tensor self, Tensor other) -> Tensor",
  "le.Tensor(Tensor self, Tensor other) -> Tensor",
  "gt.Tensor(Tensor self, Tensor other) -> Tensor",
  "ge.Tensor(Tensor self, Tensor other) -> Tensor",
  "logical_and(Tensor self, Tensor other) -> Tensor",
  "logical_or(Tensor self, Tensor other) -> Tensor",
  "logical_not(Tensor self) -> Tensor",
  "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor",
  "gelu(Tensor self, *, str approximate='none') -> Tensor",
  "_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
  "_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
  "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
  "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
  "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
  "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
  "argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
  "mm(Tensor self, Tensor mat2) -> Tensor",
  "matmul(Tensor self, Tensor other) -> Tensor",
  "reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
  "permute(Tensor(a) self, int[] dims) -> Tensor(a)",
  "expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
  "to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
  "clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
  "contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)",
  "copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)",
  "cat(Tensor[] tensors, int dim=0) -> Tensor",
  "narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)",
  "slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
  'pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor',
  "index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
  "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
  "convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor",
  "convolution_backward(Tensor grad_output, Tensor input, Tensor weight, SymInt[]? bias_sizes, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
  "max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
  "im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
  "col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
  "native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)",
  "native_layer_norm_backward(Tensor grad_out, Tensor input, SymInt[] normalized_shape, Tensor mean, Tensor rstd, Tensor? weight, Tensor? bias, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
  "native_batch_norm_backward(Tensor grad_out, Tensor input, Tensor? weight, Tensor? running_mean, Tensor? running_var, Tensor? save_mean, Tensor? save_invstd, bool train, float eps, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
  "sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor",
  "tanh_backward(Tensor grad_output, Tensor output) -> Tensor",
  "gelu_backward(Tensor grad_output, Tensor self, *, str approximate='none') -> Tensor",
  "_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
  "_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
  "_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0.0, bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)",
  "_scaled_dot_product_flash_attention_for_cpu_backward(Tensor grad_out, Tensor query, Tensor key, Tensor value, Tensor out, Tensor logsumexp, float dropout_p, bool is_causal, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor grad_query, Tensor grad_key, Tensor grad_value)",
  "mkldnn_rnn_layer(Tensor input, Tensor weight0, Tensor weight1, Tensor weight2, Tensor weight3, Tensor hx_, Tensor cx_, bool reverse, int[] batch_sizes, int mode, int hidden_size, int num_layers, bool has_biases, bool bidirectional, bool batch_first, bool train) -> (Tensor, Tensor, Tensor, Tensor)",
  "mkldnn_rnn_layer_backward(Tensor input, Tensor weight1, Tensor weight2, Tensor weight3, Tensor weight4, Tensor hx_, Tensor cx_tmp, Tensor output, Tensor hy_, Tensor cy_, Tensor? grad_output, Tensor? grad_hy, Tensor? grad_cy, bool reverse, int mode, int hidden_size, int num_layers, bool has_biases, bool train, bool bidirectional, int[] batch_sizes, bool batch_first, Tensor workspace) -> (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)",
  "_fused_adam_.tensor_lr(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] exp_avgs, Tensor(d!)[] exp_avg_sqs, Tensor(e!)[] max_exp_avg_sqs, Tensor[] state_steps, *, Tensor lr, float beta1, float beta2, float weight_decay, float eps, bool amsgrad, bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()",
  "_fused_adamw_.tensor_lr(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] exp_avgs, Tensor(d!)[] exp_avg_sqs, Tensor(e!)[] max_exp_avg_sqs, Tensor[] state_steps, *, Tensor lr, float beta1, float beta2, float weight_decay, float eps, bool amsgrad, bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()",
  "_fused_sgd_.tensor_lr(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] momentum_buffer_list, *, float weight_decay, float momentum, Tensor lr, float dampening, bool nesterov, bool maximize, bool is_first_step, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()",
] as const;

export type Declaration = (typeof declarations)[number];
/** "mul.Tensor" of "mul.Tensor(Tensor self, Tensor other) -> Tensor". */
export type AtenName = Declaration extends infer D ? (D extends `${infer Name}(${string}` ? Name : never) : never;

const kinds = [
  "Tensor",
  "Tensor?",
  "Tensor[]",
  "Tensor?[]",
  "int",
  "int?",
  "int[]",
  "int[]?",
  "float",
  "float?",
  "bool",
  "bool[]",
  "str",
  "str?",
  "ScalarType",
  "ScalarType?",
  "MemoryFormat",
  "MemoryFormat?",
] as const;
export type Kind = (typeof kinds)[number];

export interface Schema {
  readonly declaration: string;
  readonly name: string;
  readonly overload: string;
  readonly takes: readonly { readonly name: string; readonly kind: Kind }[];
  readonly results: number;
  /** The result shares memory with an argument. */
  readonly isView: boolean;
}

/** @throws Error on a declaration with a type that has no encoding (Scalar, Generator, ...) */
export function parseDeclaration(declaration: string): Schema {
  const parts = /^([\w]+)(?:\.(\w+))?\((.*)\) -> (.*)$/.exec(declaration);
  if (!parts) throw new Error(`not a declaration of ATen: ${declaration}`);
  const [, name, overload = "", list, results] = parts;
  const takes = list!
    .split(/, (?![^[(]*[\])])/)
    .filter((part) => part !== "*" && part !== "")
    .map((part) => {
      const [type, label] = part.split(" ") as [string, string];
      return { name: label.split("=")[0]!, kind: kindOf(type, declaration) };
    });
  const count = results === "()" ? 0 : results!.startsWith("(") ? results!.split(",").length : 1;
  return { declaration, name: name!, overload, takes, results: count, isView: /-> Tensor\(a\)/.test(declaration) };
}

/** "SymInt[2]" is "int[]", "Tensor(a!)" is "Tensor". */
function kindOf(type: string, declaration: string): Kind {
  const plain = type
    .replace("SymInt", "int")
    .replace(/\([a-z]!?\)/, "")
    .replace(/\[\d+\]/, "[]");
  const kind = kinds.find((known) => known === plain);
  if (!kind) throw new Error(`no encoding for an argument ${type} of ${declaration}`);
  return kind;
}

export const schemas: ReadonlyMap<string, Schema> = new Map(
  declarations.map((declaration) => {
    const schema = parseDeclaration(declaration);
    return [schema.overload ? `${schema.name}.${schema.overload}` : schema.name, schema];
  }),
);

export function schemaOf(name: AtenName): Schema {
  return schemas.get(name)!;
}
