// The phone's calls over HTTP: what the channel does not carry, and all of it when there is none.
import { call } from "../../../shared/call.ts";
import type { MapSettings } from "../../../shared/map/base.ts";
import { alertFromJson } from "./from-json.ts";
import type {
  Alert,
  Enrolled,
  Fix,
  Me,
  Readiness,
  Report,
  Saying,
  TestAlert,
  UsualPlace,
  WeeklyHours,
} from "./types.ts";

export { ApiError } from "../../../shared/call.ts";

const put = <T>(path: string, body: unknown, keepalive = false) =>
  call<T>(path, { method: "PUT", body, keepalive });
const post = <T>(path: string, body: unknown) => call<T>(path, { method: "POST", body });
const id = encodeURIComponent;
const time = (ms: number) => new Date(ms).toISOString();
const wireFix = ({ lat, lon, accuracy_m, at_ms }: Fix) => ({ lat, lon, accuracy_m, at: time(at_ms) });

export const http = {
  /** A code for a session of this phone; the cookie is set by the answer. */
  enrol: (code: string) => post<Enrolled>("/enrolment", { code }),
  me: () => call<Me>("/me"),
  alerts: async (): Promise<Alert[]> =>
    (await call<{ items: Record<string, unknown>[] }>("/me/alerts")).items.map(alertFromJson),
  say: async (
    device: string,
    { alert_id, verb, at_ms, version, fix, reason, override }: Saying,
  ): Promise<Alert> =>
    alertFromJson(
      await post(`/me/alerts/${id(alert_id)}/${verb}`, {
        device_id: device,
        at: time(at_ms),
        version,
        ...(fix && { fix: wireFix(fix) }),
        ...(reason && { reason }),
        ...(override && { override }),
      }),
    ),
  report: (alert: string, report: Report) => post<void>(`/me/alerts/${id(alert)}/report`, report),
  fixes: (device: string, fixes: Fix[]) =>
    post<{ accepted: number; rejected: { index: number; code: string }[] }>("/me/fixes", {
      device_id: device,
      sent_at: time(Date.now()),
      fixes: fixes.map(wireFix),
    }),

  onDuty: () => put<{ on: boolean; until?: string | null }>("/me/duty", { on: true }),
  /** Off until that hour comes next in the person's own zone, or until said otherwise. */
  offDuty: (until?: { until_local: string; zone: string }) =>
    put<{ on: boolean; until?: string | null }>("/me/duty", { on: false, ...until }),
  quiet: (zone: string, hours: WeeklyHours[]) => put<void>("/me/quiet", { zone, hours }),
  places: (zone: string, places: UsualPlace[]) => put<Me["places"]>("/me/places", { zone, places }),
  readiness: (device: string, readiness: Readiness) =>
    put<void>(`/me/devices/${id(device)}/readiness`, readiness, true),

  pushKey: () => call<{ public_key: string }>("/push/webpush"),
  putDevice: (device: string, webpush: { endpoint: string; p256dh: string; auth: string }) =>
    put<void>(`/me/devices/${id(device)}`, { platform: "web", push: { webpush } }),
  deleteDevice: (device: string) => call<void>(`/me/devices/${id(device)}`, { method: "DELETE" }),
  signOut: () => call<void>("/session", { method: "DELETE" }),

  testAlert: () => post<TestAlert>("/me/test-alert", {}),
  testReceived: (test: string, device: string) =>
    post<void>(`/me/test-alert/${id(test)}/received`, { device_id: device }),

  map: () => call<MapSettings>("/map"),
};
