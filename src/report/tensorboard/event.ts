/** TensorBoard's Event messages in protobuf. */
import { PbfWriter } from "pbf";

/** One value of a summary: a number, or an encoded image. */
export interface SummaryValue {
  readonly tag: string;
  readonly scalar?: number;
  readonly image?: { readonly width: number; readonly height: number; readonly png: Uint8Array };
}

// Field numbers are those of tensorflow/core/util/event.proto and framework/summary.proto.

function writeImage({ width, height, png }: NonNullable<SummaryValue["image"]>, pbf: PbfWriter): void {
  pbf.writeVarintField(1, height);
  pbf.writeVarintField(2, width);
  pbf.writeVarintField(3, 3); // RGB
  pbf.writeBytesField(4, png);
}

function writeValue({ tag, scalar, image }: SummaryValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, tag);
  if (scalar !== undefined) pbf.writeFloatField(2, scalar);
  if (image) pbf.writeMessage(4, writeImage, image);
}

function writeSummary(values: readonly SummaryValue[], pbf: PbfWriter): void {
  for (const value of values) pbf.writeMessage(1, writeValue, value);
}

/** The Event message that begins a file; `time`: seconds since 1970. */
export function versionEvent(time: number): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, time);
  pbf.writeStringField(3, "brain.Event:2");
  return pbf.finish();
}

/** An Event message with the values of a step. */
export function summaryEvent(time: number, step: number, values: readonly SummaryValue[]): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, time);
  pbf.writeVarintField(2, step);
  pbf.writeMessage(5, writeSummary, values);
  return pbf.finish();
}
