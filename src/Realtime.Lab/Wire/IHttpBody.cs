namespace Realtime.Lab.Wire;

/// <summary>Who takes what an <see cref="HttpResponseParser"/> finds.</summary>
internal interface IHttpBody
{
    /// <summary>A response begins.</summary>
    void Head(in HttpHead head);

    /// <summary>A piece of its body; the last one, which may be empty, has <paramref name="end"/> set.</summary>
    void Body(ReadOnlySpan<byte> piece, bool end);

    /// <summary>Bytes after a <c>101</c>: the connection speaks another protocol now.</summary>
    void Upgraded(ReadOnlySpan<byte> data);
}
