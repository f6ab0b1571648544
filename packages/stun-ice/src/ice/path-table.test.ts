import { type Path, transportAddress } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PathTable } from "./path-table.ts";

const local = transportAddress("192.0.2.1", 1)!;
const path = (port: number): Path => ({ local: { ...local }, remote: transportAddress("192.0.2.2", port)! });
const unused = () => false;

test("Sans-I/O contract: one object per path, whichever came first", () => {
  const table = new PathTable(10);
  const first = path(1);
  expect(table.intern(first, unused)).toBe(first);
  expect(table.intern(path(1), unused)).toBe(first);
  expect(table.find(path(1))).toBe(first);
  expect(table.find(path(2))).toBeUndefined();
});

test("RFC 8445 §7.3: data is accepted on accepted paths only, by any object for them", () => {
  const table = new PathTable(10);
  const known = table.intern(path(1), unused);
  expect(table.accepts(known)).toBe(false);
  table.accept(known);
  table.accept(path(2)); // never interned: nothing happens
  expect(table.accepts(known)).toBe(true);
  expect(table.accepts(path(1))).toBe(true);
  expect(table.accepts(path(2))).toBe(false);
  table.clear();
  expect(table.accepts(known)).toBe(false);
});

test("Sans-I/O contract, law 8: at the limit the oldest path that is not in use goes, with its permission", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 80 }), fc.integer({ min: 1, max: 30 }), (ports, kept) => {
      const table = new PathTable(8);
      const inUse = ({ remote }: Path): boolean => remote.port === kept;
      table.accept(table.intern(path(kept), inUse));
      let model = [kept];
      for (const port of ports) {
        if (!model.includes(port)) {
          if (model.length >= 8)
            model = model.toSpliced(
              model.findIndex((other) => other !== kept),
              1,
            );
          model.push(port);
        }
        table.accept(table.intern(path(port), inUse));
        table.accepts(path(port));
        table.accepts(path(port));
      }
      expect(table.size).toBe(model.length);
      for (let port = 1; port <= 30; port++) expect([port, table.accepts(path(port))]).toEqual([port, model.includes(port)]);
    }),
  );
});
