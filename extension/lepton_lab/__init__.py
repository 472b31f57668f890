"""Live training charts, sweep views and model cards of Lepton in JupyterLab: the built files of a labextension, no Python code."""


def _jupyter_labextension_paths():
    return [{"src": "labextension", "dest": "lepton-lab"}]
