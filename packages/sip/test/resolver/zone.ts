/** A DNS for tests: a zone as text, asked directly or over UDP on loopback. */
import { createSocket } from "node:dgram";
import dnsPacket, { type Answer, type DecodedPacket } from "dns-packet";
import { onTestFinished } from "vitest";
import type { DnsClient, NaptrRecord, SrvRecord } from "../../src/resolver/dns.ts";

/**
 * Records, one a line: `name NAPTR order preference flags service regexp replacement`, `name SRV priority weight port target`, `name A ip`, `name AAAA ip`,
 * `name SERVFAIL`. `""` is an empty text.
 */
export class Zone implements DnsClient {
  readonly queries: string[] = [];
  readonly #records: readonly (readonly string[])[];

  constructor(text: string) {
    this.#records = text
      .trim()
      .split("\n")
      .map((line) =>
        line
          .trim()
          .split(/\s+/)
          .map((word) => (word === '""' ? "" : word)),
      );
  }

  async naptr(name: string): Promise<readonly NaptrRecord[]> {
    return this.#find(name, "NAPTR").map(([order, preference, flags, service, regexp, replacement]) => {
      return {
        order: Number(order),
        preference: Number(preference),
        flags: flags!,
        service: service!,
        regexp: regexp!,
        replacement: replacement!,
      };
    });
  }

  async srv(name: string): Promise<readonly SrvRecord[]> {
    return this.#find(name, "SRV").map(([priority, weight, port, target]) => {
      return { priority: Number(priority), weight: Number(weight), port: Number(port), target: target! };
    });
  }

  async a(name: string): Promise<readonly string[]> {
    return this.#find(name, "A").map(([ip]) => ip!);
  }

  async aaaa(name: string): Promise<readonly string[]> {
    return this.#find(name, "AAAA").map(([ip]) => ip!);
  }

  /** Serves the zone until the test ends; gives `ip:port`. */
  async serve(): Promise<string> {
    const socket = createSocket("udp4");
    onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    socket.on("message", (bytes, { address, port }) => {
      void this.#answer(dnsPacket.decode(bytes)).then((answer) => socket.send(dnsPacket.encode(answer), port, address));
    });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return `127.0.0.1:${socket.address().port}`;
  }

  async #answer(query: DecodedPacket): Promise<dnsPacket.Packet> {
    const question = query.questions![0]!;
    const { name } = question;
    const reply = { type: "response" as const, ...(query.id !== undefined && { id: query.id }), questions: [question] };
    try {
      const answers = await this.#answers(name, question.type);
      const exists = this.#records.some(([owner]) => owner === name);
      return { ...reply, flags: dnsPacket.AUTHORITATIVE_ANSWER | (exists ? 0 : NXDOMAIN), answers };
    } catch {
      return { ...reply, flags: SERVFAIL };
    }
  }

  async #answers(name: string, type: string): Promise<Answer[]> {
    const ttl = 60;
    switch (type) {
      case "NAPTR":
        return (await this.naptr(name)).map(({ service, ...data }) => ({ type: "NAPTR", name, ttl, data: { ...data, services: service } }));
      case "SRV":
        return (await this.srv(name)).map((data) => ({ type: "SRV", name, ttl, data }));
      case "A":
        return (await this.a(name)).map((data) => ({ type: "A", name, ttl, data }));
      case "AAAA":
        return (await this.aaaa(name)).map((data) => ({ type: "AAAA", name, ttl, data }));
      default:
        return [];
    }
  }

  #find(name: string, type: string): readonly (readonly string[])[] {
    this.queries.push(`${name} ${type}`);
    if (this.#records.some(([owner, each]) => owner === name && each === "SERVFAIL")) throw new Error("SERVFAIL");
    return this.#records.filter(([owner, each]) => owner === name && each === type).map((record) => record.slice(2));
  }
}

const SERVFAIL = 2;
const NXDOMAIN = 3;
