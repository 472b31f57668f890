"""jupyter_kernel_test, Jupyter's own suite for kernels, with every optional sample given. The kernel's name is in LEPTON_KERNEL."""

import os
import unittest

import jupyter_kernel_test

KERNEL = os.environ.get("LEPTON_KERNEL", "lepton")


class LeptonTests(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('error')"
    completion_samples = [
        {"text": "Math.cb", "matches": {"cbrt"}},
        {"text": "const text: string = ''; text.trimSt", "matches": {"trimStart"}},
    ]
    complete_code_samples = ["1", "console.log('hello')", "function f(x: number) {\n  return x * 2\n}"]
    incomplete_code_samples = ["function f(x: number) {", "[1, 2,", "const s = `a"]
    invalid_code_samples = ["let 1x = 2", "const = 3"]
    code_page_something = "?Math.sqrt"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "const a: number = 3; a + 1", "result": "4"},
        {"code": "[1, 2].map(String)", "result": "[ '1', '2' ]"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.png('iVBORw0KGgo=')", "mime": "image/png"},
    ]
    code_history_pattern = "6 ?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.sqrt"
    code_clear_output = "clearOutput()"


class LeptonWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
