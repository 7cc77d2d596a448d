using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Access;

/// <summary>Which pages may hold connections to this server. Whatever sends no <c>Origin</c> is no page and is allowed.</summary>
/// <remarks>The server's own origin is the scheme and <c>Host</c> of the request, so behind a proxy that ends TLS the application has to use
/// forwarded headers, or list its public origin in <c>Realtime:Origins</c>.</remarks>
public sealed class OriginPolicy
{
    private readonly HashSet<string> _allowed;

    /// <summary>Creates the policy from the settings.</summary>
    public OriginPolicy(IOptions<OriginOptions> options) =>
        _allowed = options.Value.Origins.Select(origin => Origin.Normalize(origin)!).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether the request comes from no page, from the server's own or from a listed one. The origin <c>null</c> is refused.</summary>
    public bool Allows(HttpContext context)
    {
        if (IsOwn(context)) return true;
        var origin = Origin.Normalize(context.Request.Headers.Origin.ToString());
        return origin is not null && _allowed.Contains(origin);
    }

    /// <summary>Whether the request comes from no page or from the server's own.</summary>
    public static bool IsOwn(HttpContext context)
    {
        var sent = context.Request.Headers.Origin;
        if (sent.Count == 0) return true;
        var request = context.Request;
        return sent.Count == 1
            && Origin.Normalize(sent.ToString()) is { } origin
            && request.Host.HasValue
            && origin == Origin.Normalize($"{request.Scheme}://{request.Host.Value}");
    }

    /// <summary>Refuses what <see cref="Allows"/> refuses.</summary>
    /// <exception cref="ProblemException">403.</exception>
    public void Require(HttpContext context)
    {
        if (!Allows(context)) throw new ProblemException(Problem.Forbidden("This server does not take connections from pages of that origin."));
    }
}
