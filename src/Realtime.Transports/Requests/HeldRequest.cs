using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Realtime.Transports.Requests;

/// <summary>Requests that are held for minutes: most connections of a server are such, and do nothing.</summary>
internal static class HeldRequest
{
    /// <summary>Lets go of what only the beginning of a request needed: header texts, the token among them, and the parsed query.</summary>
    /// <remarks>Goes after everything that looks at the request, and after an upgrade, whose answer depends on the headers.</remarks>
    internal static void LetGo(HttpContext context)
    {
        // The server keeps the texts of cleared headers for the next request of the connection, so the longest is taken out by itself.
        context.Request.Headers.Authorization = StringValues.Empty;
        context.Request.Headers.Clear();
        context.Features.Set<IQueryFeature>(null);
        context.Features.Set<IRequestCookiesFeature>(null);
        // Last, because only a look at the changed features makes the request forget those it had found.
        context.Request.QueryString = QueryString.Empty;
    }
}
