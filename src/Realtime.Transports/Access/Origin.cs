namespace Realtime.Transports.Access;

/// <summary>The origin of a page, as browsers send it in the <c>Origin</c> header.</summary>
internal static class Origin
{
    /// <summary>The origin in lower case and without the scheme's own port, or null when <paramref name="text"/> is none (<c>null</c>, a path …).</summary>
    public static string? Normalize(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)) return null;
        if (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) return null;

        // A path, a query or a user would make it an address; one trailing slash is how people write an origin by hand.
        return uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" } ? uri.GetLeftPart(UriPartial.Authority).ToLowerInvariant() : null;
    }
}
