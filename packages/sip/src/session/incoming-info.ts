/** INFO of the peer's (RFC 6086). */
import { type SipRequest, sameIgnoringCase } from "@purertc/sip-parser";
import type { DialogHost } from "./dialog-host.ts";
import type { InviteDialog } from "./invite-dialog.ts";

/** §4.2.2: 469 for a package that we do not take; INFO without one is of the older kind (RFC 2976). */
export function receiveInfo(host: DialogHost, dialog: InviteDialog, request: SipRequest): void {
  const infoPackage = request.headers.get("Info-Package");
  const taken = host.options.infoPackages ?? [];
  if (infoPackage !== undefined && !taken.some((each) => sameIgnoringCase(each, infoPackage.value))) {
    dialog.respond(request, 469, { headers: [["Recv-Info", taken.join(", ")]] });
    return;
  }
  dialog.respond(request, 200);
  host.emit({ type: "info", request, package: infoPackage });
}
