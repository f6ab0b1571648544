/**
 * The parsers that are compared. `parse` takes bytes, as a socket gives them; `read` takes what a stateful proxy reads (Request-URI, topmost Via's branch and
 * sent-by, Route, both tags, Call-ID, CSeq, Max-Forwards, Contact, Content-Length) and gives a checksum; `write` gives the bytes to send.
 */
import { createRequire } from "node:module";
import { parseSipMessage, writeSipMessage } from "@purertc/sip-parser";
import { Parser as SipJsParser } from "sip.js/lib/core/messages/parser.js";
import { Grammar as SipJsGrammar } from "sip.js/lib/grammar/grammar.js";

const require = createRequire(import.meta.url);
const sip = require("sip");
const DrachtioMessage = require("drachtio-sip").SipMessage;
const jssip = require("jssip/lib/Parser.js");

const out = new Uint8Array(4096);

export const implementations = [
  {
    name: "purertc",
    parse: (bytes) => parseSipMessage(bytes),
    read(message) {
      const via = message.topVia;
      const { number, method } = message.cseq;
      return (
        message.uri.host.length +
        message.uri.user.length +
        via.parameters.get("branch").length +
        via.host.length +
        via.port +
        message.headers.get("Route").uri.host.length +
        message.fromTag.length +
        (message.toTag?.length ?? 0) +
        message.callId.length +
        number +
        method.length +
        message.maxForwards +
        message.headers.get("Contact").uri.host.length +
        message.headers.get("Content-Length")
      );
    },
    write: (message) => writeSipMessage(message, out),
  },
  {
    name: "sip",
    parse: (bytes) => sip.parse(bytes.toString("latin1")),
    read({ uri, headers }) {
      const via = headers.via[0];
      const target = sip.parseUri(uri);
      return (
        target.host.length +
        target.user.length +
        via.params.branch.length +
        via.host.length +
        via.port +
        headers.route[0].uri.host.length +
        headers.from.params.tag.length +
        (headers.to.params.tag?.length ?? 0) +
        headers["call-id"].length +
        headers.cseq.seq +
        headers.cseq.method.length +
        Number(headers["max-forwards"]) +
        sip.parseUri(headers.contact[0].uri).host.length +
        Number(headers["content-length"])
      );
    },
    write: (message) => Buffer.from(sip.stringify(message), "latin1").length,
  },
  {
    name: "drachtio-sip",
    parse: (bytes) => new DrachtioMessage(bytes.toString("latin1")),
    read(message) {
      const via = message.getParsedHeader("via")[0];
      const target = message.uri.match(/^sips?:(?:([^@]*)@)?([^;?]*)/);
      const cseq = message.getParsedHeader("cseq");
      return (
        target[2].length +
        target[1].length +
        via.params.branch.length +
        via.host.length +
        Number(via.port) +
        message.getParsedHeader("route")[0].uri.host.length +
        message.getParsedHeader("from").params.tag.length +
        (message.getParsedHeader("to").params.tag?.length ?? 0) +
        message.get("call-id").length +
        cseq.seq +
        cseq.method.length +
        Number(message.get("max-forwards")) +
        message.getParsedHeader("contact")[0].uri.match(/^sips?:(?:[^@]*@)?([^;?]*)/)[1].length +
        Number(message.get("content-length"))
      );
    },
    write: (message) => Buffer.from(message.toString(), "latin1").length,
  },
  {
    // Parses the headers of a user agent while it parses; there is no writer for what was received.
    name: "jssip",
    parse: (bytes) => jssip.parseMessage(bytes.toString("latin1"), undefined),
    read(message) {
      return (
        message.ruri.host.length +
        message.ruri.user.length +
        message.via_branch.length +
        message.via.host.length +
        message.via.port +
        message.parseHeader("route").uri.host.length +
        message.from_tag.length +
        (message.to_tag?.length ?? 0) +
        message.call_id.length +
        message.cseq +
        message.method.length +
        Number(message.getHeader("max-forwards")) +
        message.parseHeader("contact").uri.host.length +
        Number(message.getHeader("content-length"))
      );
    },
    write: undefined,
  },
  {
    name: "sip.js",
    parse: (bytes) => SipJsParser.parseMessage(bytes.toString("latin1"), silent),
    read(message) {
      return (
        message.ruri.host.length +
        message.ruri.user.length +
        message.viaBranch.length +
        message.via.host.length +
        message.via.port +
        SipJsGrammar.nameAddrHeaderParse(message.getHeader("route")).uri.host.length +
        message.fromTag.length +
        (message.toTag?.length ?? 0) +
        message.callId.length +
        message.cseq +
        message.method.length +
        Number(message.getHeader("max-forwards")) +
        message.parseHeader("contact").uri.host.length +
        Number(message.getHeader("content-length"))
      );
    },
    write: undefined,
  },
];

const silent = { error() {}, warn() {}, log() {}, debug() {} };
