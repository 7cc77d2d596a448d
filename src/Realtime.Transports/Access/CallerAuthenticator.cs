using Microsoft.AspNetCore.Http;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Access;

/// <summary>Finds out who sent a request. Thread-safe; a token that was seen before costs one hash and no allocation.</summary>
public sealed class CallerAuthenticator
{
    private const string Scheme = "Bearer ";

    private readonly TokenValidator _tokens;
    private readonly TicketService _tickets;
    private readonly OriginPolicy _origins;
    private readonly CallerCache _cache;

    internal CallerAuthenticator(TokenValidator tokens, TicketService tickets, OriginPolicy origins, CallerCache cache)
    {
        _tokens = tokens;
        _tickets = tickets;
        _origins = origins;
        _cache = cache;
    }

    /// <summary>The caller behind the highest-ranking credential of the request. A bad one is refused; lower ones are not tried after it.</summary>
    /// <param name="context">The request; its abortion cancels the wait for an authority's keys.</param>
    /// <param name="allowed">Where to look.</param>
    /// <exception cref="ProblemException">401 without a credential or with a bad one, 403 for a cookie sent by a page of an origin that is not
    /// allowed, 503 while the authority's keys can't be had.</exception>
    public ValueTask<Caller> AuthenticateAsync(HttpContext context, CredentialSources allowed)
    {
        var request = context.Request;
        if (Has(allowed, CredentialSources.Bearer) && request.Headers.Authorization is { Count: > 0 } header)
        {
            var text = header.ToString();
            if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) throw Refused("The Authorization header must be 'Bearer' and a token.");
            return FromTokenAsync(text.AsMemory(Scheme.Length).Trim(), context.RequestAborted);
        }

        // Asking for the query makes the framework parse it, which the parked polls of header clients need not pay.
        if (request.QueryString.HasValue)
        {
            if (Has(allowed, CredentialSources.AccessTokenQuery) && request.Query["access_token"] is { Count: > 0 } token)
                return FromTokenAsync(token.ToString().AsMemory(), context.RequestAborted);
            if (Has(allowed, CredentialSources.Ticket) && request.Query["ticket"] is { Count: > 0 } ticket)
                return ValueTask.FromResult(_tickets.OpenTicket(ticket.ToString()) ?? throw Refused("The ticket is not valid, or its time is over."));
        }

        if (Has(allowed, CredentialSources.Cookie) && request.Cookies.TryGetValue(TicketService.CookieName, out var cookie))
        {
            _origins.Require(context);
            if (OriginPolicy.IsOwn(context))
                return ValueTask.FromResult(_tickets.OpenCookie(cookie) ?? throw Refused("The cookie is not valid, or its time is over."));
        }

        throw new ProblemException(Problem.Unauthenticated("A token is needed to call this address."));
    }

    private ValueTask<Caller> FromTokenAsync(ReadOnlyMemory<char> token, CancellationToken cancellationToken)
    {
        var key = CallerCache.KeyOf(token.Span);
        return _cache.TryGet(key, out var caller) ? ValueTask.FromResult(caller) : ValidateAsync(token, key, cancellationToken);
    }

    private async ValueTask<Caller> ValidateAsync(ReadOnlyMemory<char> token, CallerCache.Key key, CancellationToken cancellationToken)
    {
        var caller = await _tokens.ValidateAsync(token.ToString(), cancellationToken);
        _cache.Add(key, caller);
        return caller;
    }

    // HasFlag would box both sides until the method is recompiled.
    private static bool Has(CredentialSources allowed, CredentialSources source) => (allowed & source) != 0;

    private static ProblemException Refused(string detail) => new(Problem.Unauthenticated(detail, credentialRefused: true));
}
