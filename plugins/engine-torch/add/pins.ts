/**
 * The wheels that `lepton engine add torch` fetches, pinned by version and SHA-256: for the CPU what libtorch needs to load, for CUDA the NVIDIA
 * libraries that torch's own metadata asks for. A new torch means new lines here, from `pip install --dry-run --report`.
 */
export const pinnedVersion = "2.15.0";

export interface Pin {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export interface WheelSet {
  /** What pip calls the systems whose wheels may be taken. */
  readonly platforms: readonly string[];
  readonly cpu: readonly Pin[];
  /** Fetched besides, with --cuda; null where there is no CUDA build. */
  readonly cuda: readonly Pin[] | null;
}

const pin = (name: string, version: string, sha256: string): Pin => ({ name, version, sha256 });

const linux = (machine: string) =>
  ["2_28", "2_27", "2_25", "2_24", "2_18", "2_17", "2_12", "2_5"]
    .map((glibc) => `manylinux_${glibc}_${machine}`)
    .concat([`manylinux2014_${machine}`]);

/** `process.platform`-`process.arch` ─► its wheels. */
export const wheelSets: Readonly<Record<string, WheelSet>> = {
  "linux-x64": {
    platforms: linux("x86_64"),
    cpu: [
      pin("torch", pinnedVersion, "48c2d861134c0b5697c7602cb5ffa68f62a2989fdcd1717e593356f67996ca1e"),
      pin("nvidia-cuda-runtime", "13.2.86", "3498247680dfddce31bad102af7e3e26fc795342a3cac64722bb0fa95e7f60f0"),
      pin("nvidia-cuda-cupti", "13.2.86", "8fa29f15dd8336181f961764d9d95236fc6b931dd0c8fcf8cd70aab0c310b586"),
    ],
    cuda: [
      pin("nvidia-cudnn-cu13", "9.26.0.51", "9c976d539786698c71d6bcdbe2053b7485fae062ff7e1215d2f2ff67b1a2149a"),
      pin("nvidia-cusparselt-cu13", "0.8.1", "786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0"),
      pin("nvidia-nccl-cu13", "2.30.7", "cefa7fdb9710efd0f39c5f1be1d61ff6fc9a996c451265bd7fbdcf9455ed4b50"),
      pin("nvidia-nvshmem-cu13", "3.7.2", "b9a4f843c62b5dded8ad33fd6d220e007dcd39f06cee549292f5ba14ce4c235c"),
      pin("nvidia-cublas", "13.4.1.3", "a5917cb642cfb07f4a0231ee16aec7e2e0357d8cb8b1b78a0c9c68dba3e6afc7"),
      pin("nvidia-cuda-nvrtc", "13.2.86", "8111c5130e967b78222ea2124145f8efe9ce201b752b2579a2513100a53be1c5"),
      pin("nvidia-cufft", "12.2.0.57", "34da27fadf3979b0b042c43823f0530be8408b86df31ee0108e1ca0b621d4ef6"),
      pin("nvidia-cufile", "1.17.1.22", "87feaf8c3ad20d3d03a01933181801ff6892bace5c8f0b1e4b48f319d3e62d36"),
      pin("nvidia-cusolver", "12.2.0.11", "fab5778f6769947389a1a6abc07e635576825a08c0ffc68c3ae7f1392c794b42"),
      pin("nvidia-cusparse", "12.7.10.12", "25907c75e4db1581685f06f61cc6cdecc04611765516a52373e0a18ebd69fa00"),
      pin("nvidia-nvtx", "13.2.86", "968ce72baee2a01791c7d3254000eac81f24677b0b91c62d21b449a1f309c245"),
      pin("nvidia-nvjitlink", "13.5.37", "280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb"),
    ],
  },
  "linux-arm64": {
    platforms: linux("aarch64"),
    cpu: [
      pin("torch", pinnedVersion, "58ce2ebfb3430941353109a85be63ee8e941da22f13daa2c43344eeb51c81e06"),
      pin("nvidia-cuda-runtime", "13.2.86", "37844957894bfdecf90243568d21a2cb251b66106915b71459a23c8e6ef2da69"),
      pin("nvidia-cuda-cupti", "13.2.86", "d9a5c133f73fcb9013f3ada0da6fb54d4117618d81f3f5a0419417ea6ee829d4"),
    ],
    cuda: null,
  },
  "darwin-arm64": {
    platforms: ["macosx_14_0_arm64"],
    cpu: [pin("torch", pinnedVersion, "e808b63d616a43b326e1a5677d45a2e5babe7a8ce27edb03ddb48e7dd9b6d663")],
    cuda: null,
  },
  "win32-x64": {
    platforms: ["win_amd64"],
    cpu: [pin("torch", pinnedVersion, "d2c5938f593a47cf6d151a16d130a3cc3f0c105df1b905a571efc00b01e38c1f")],
    cuda: null,
  },
};
