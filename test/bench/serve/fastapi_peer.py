"""The usual Python service of an ONNX model, written as its users write it. Argument: the model; run by uvicorn as fastapi_peer:app."""
import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(os.environ["MODEL"], options)
app = FastAPI()


class Rows(BaseModel):
    features: list[list[float]]


@app.post("/predict")
async def predict(rows: Rows):
    (output,) = session.run(None, {"raw": np.asarray(rows.features, dtype=np.float32)})
    return {"prediction": output[:, 0].tolist()}
