namespace Realtime.WebPush.Sending;

/// <summary>What a push service made of a push.</summary>
internal enum PushResult
{
    /// <summary>It was taken.</summary>
    Sent,

    /// <summary>The subscription is no more.</summary>
    Gone,

    /// <summary>The body is too large for this service.</summary>
    TooLarge,

    /// <summary>The service can't take it now, or was not reached.</summary>
    Unavailable,

    /// <summary>The service will not take it later either.</summary>
    Rejected,

    /// <summary>The endpoint leads to an address that pushes may not go to.</summary>
    Forbidden,
}

/// <summary>The answer to a push.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Status">The status code; null where there was no answer.</param>
/// <param name="RetryAfter">When the service would like to be asked again; null where it does not say.</param>
internal readonly record struct PushAnswer(PushResult Result, int? Status = null, TimeSpan? RetryAfter = null);
