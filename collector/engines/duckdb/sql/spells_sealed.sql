SELECT visitor_key, begun, begun + lasts AS stop, visitor AS device, users, reset, unnamed + events AS unnamed
FROM {visits}{where}
