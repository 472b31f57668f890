"""Asks a running service as Triton's own client does: health, metadata, and infer in every combination of encodings. Arguments: HOST:PORT TOKEN MODEL."""
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

url, token, model = sys.argv[1:4]
client = triton.InferenceServerClient(url)


def headers():
    return {"authorization": "Bearer " + token}  # a new one each time: the client writes into it


def inputs(ages, binary):
    values = {
        "age": ("FP32", ages.astype(np.float32)),
        "home": ("BYTES", np.array(["rent"] * len(ages), dtype=object)),
        "owner": ("BOOL", np.array([False] * len(ages))),
    }
    tensors = []
    for name, (datatype, array) in values.items():
        tensor = triton.InferInput(name, [len(ages)], datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        tensors.append(tensor)
    return tensors


assert client.is_server_live(headers=headers()) and client.is_server_ready(headers=headers())
assert client.is_model_ready(model, headers=headers()) and client.is_model_ready(model, "1", headers=headers())
assert client.get_server_metadata(headers=headers())["extensions"] == ["binary_tensor_data"]
assert [tensor["name"] for tensor in client.get_model_metadata(model, headers=headers())["inputs"]] == ["age", "home", "owner"]

ages = np.linspace(-300, 300, 400)
expected = 1 / (1 + np.exp(-ages / 100))
ways = 0
for binary_in in (True, False):
    for binary_out in (True, False):
        for packed_in in (None, "gzip", "deflate"):
            for packed_out in (None, "gzip", "deflate"):
                outputs = [triton.InferRequestedOutput(name, binary_data=binary_out) for name in ("prediction", "probabilities")]
                result = client.infer(
                    model,
                    inputs(ages, binary_in),
                    outputs=outputs,
                    request_id="7",
                    headers=headers(),
                    request_compression_algorithm=packed_in,
                    response_compression_algorithm=packed_out,
                )
                assert result.get_response()["id"] == "7"
                np.testing.assert_allclose(result.as_numpy("probabilities")[:, 1], expected, atol=1e-5)
                labels = [str(label, "utf8") if isinstance(label, bytes) else label for label in result.as_numpy("prediction")]
                assert labels == ["good" if p > 0.5 else "bad" for p in expected]
                ways += 1

try:
    client.infer(model, inputs(ages, True)[:2], headers=headers())
    raise SystemExit("a missing column was not refused")
except InferenceServerException as error:
    assert 'row 0 lacks "owner"' in str(error), error
print(ways, "ways agree")
