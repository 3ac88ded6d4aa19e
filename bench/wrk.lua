-- wrk -s wrk.lua URL -- [METHOD BODY]; ends with one machine-readable line.
function init(args)
   if args[1] then
      wrk.method = args[1]
      wrk.body = args[2]
      wrk.headers["Content-Type"] = "application/json"
   end
end

function done(summary, latency, requests)
   local e = summary.errors
   io.write(string.format("RESULT requests=%d duration_us=%d p50_us=%d p99_us=%d errors=%d\n",
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      e.connect + e.read + e.write + e.status + e.timeout))
end
