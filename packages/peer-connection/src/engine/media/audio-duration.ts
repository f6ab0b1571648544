/** How much sound a packet holds. */
import { opusDurationAt, type RtpReader } from "@purertc/rtp";

/** Of the packet that a reader shows, in ms. Allocates nothing. */
export type AudioDuration = (reader: RtpReader) => number;

/** The reading for a codec, by its mime type in lower case. Of one that is not looked into, what most packets hold. */
export function audioDurationOf(mimeType: string): AudioDuration {
  switch (mimeType) {
    case "audio/opus":
      return opus;
    case "audio/pcmu":
    case "audio/pcma":
    case "audio/g722": // RFC 3551 §4.5.2: two samples to an octet, and twice the sampling rate
      return octets;
    default:
      return typical;
  }
}

const opus: AudioDuration = ({ packet, headerLength, payloadEnd }) => opusDurationAt(packet, headerLength, payloadEnd) / 48;
const octets: AudioDuration = ({ payloadLength }) => payloadLength / 8;
const typical: AudioDuration = () => 20;
