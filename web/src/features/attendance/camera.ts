/**
 * Reads QR codes from a camera, in every browser: Safari and Firefox have no BarcodeDetector, so the decoder is ours to bring (jsQR),
 * and it is fetched only when somebody scans. One frame at a time, scaled down: the next is taken when the last was read.
 */

export type CameraTrouble = "insecure" | "denied" | "none";

export class NoCamera extends Error {
  constructor(readonly trouble: CameraTrouble) {
    super(trouble);
  }
}

const LONGEST_SIDE = 640;
const BETWEEN_FRAMES_MS = 120;

/** Opens the camera that looks away from the user, if there is a choice. Raises NoCamera. */
export async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new NoCamera("insecure");
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } }, audio: false });
  } catch (error) {
    throw new NoCamera(error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "SecurityError") ? "denied" : "none");
  }
}

/** Calls `onfound` for every frame that holds a code, until `signal` is aborted. */
export async function readCodes(video: HTMLVideoElement, onfound: (code: string) => void, signal: AbortSignal): Promise<void> {
  const { default: decode } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("no canvas");
  while (!signal.aborted) {
    const { videoWidth: width, videoHeight: height } = video;
    if (width > 0 && !document.hidden) {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
      const found = decode(data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" });
      if (found?.data) onfound(found.data);
    }
    await new Promise((done) => setTimeout(done, BETWEEN_FRAMES_MS));
  }
}
