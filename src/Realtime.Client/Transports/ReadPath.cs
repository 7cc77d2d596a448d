using Realtime.Client.Http;

namespace Realtime.Client.Transports;

/// <summary>How a list of channels goes into a request.</summary>
internal static class ReadPath
{
    /// <summary>Some proxies end at 2,048 characters.</summary>
    private const int MaxLength = 1_800;

    /// <summary>A GET, or a POST where the list is too long for an address.</summary>
    internal static (HttpMethod Method, string Path, object? Body) Of(string path, ReadRequest request, int? wait = null, int? limit = null)
    {
        var whole = Whole(path, request, wait, limit);
        return Fits(whole) ? (HttpMethod.Get, whole, null) : (HttpMethod.Post, path, new ReadJson(request.Channels, request.Cursor, wait, limit));
    }

    internal static bool Fits(string path) => path.Length <= MaxLength;

    internal static string Whole(string path, ReadRequest request, int? wait = null, int? limit = null) => new Query(path)
        .Add("channels", string.Join(',', request.Channels)).Add("cursor", request.Cursor).Add("wait", wait).Add("limit", limit).ToString();
}
