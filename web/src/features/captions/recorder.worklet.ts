/** Runs on the browser's sound thread: every tenth of a second a piece of int16 at 16 kHz goes to the page, with how loud it was. */
import { loudness, RATE, Resampler, toInt16 } from "./resample";

// The sound thread has globals of its own that the page's types do not know.
declare const sampleRate: number;
declare const registerProcessor: (name: string, processor: unknown) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const PIECE = RATE / 10;

class Recorder extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate);
  #piece = new Float32Array(PIECE);
  #filled = 0;

  process(inputs: Float32Array[][]): boolean {
    const channels = inputs[0] ?? [];
    const first = channels[0];
    if (!first) return true;
    const mono = new Float32Array(first.length);
    for (const channel of channels) for (let i = 0; i < mono.length; i++) mono[i] = (mono[i] ?? 0) + (channel[i] ?? 0) / channels.length;
    for (const sample of this.#resampler.feed(mono)) {
      this.#piece[this.#filled++] = sample;
      if (this.#filled === PIECE) this.#send();
    }
    return true;
  }

  #send(): void {
    const sound = toInt16(this.#piece);
    this.port.postMessage({ sound: sound.buffer, loud: loudness(this.#piece) }, [sound.buffer]);
    this.#filled = 0;
  }
}

registerProcessor("recorder", Recorder);
